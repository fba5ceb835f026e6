package message

import "strings"

const maxSubject = 1000 // bytes of a subject that take part in sorting and threading

// BaseSubject gives the base subject of RFC 5256 §2.1 of a Subject value as found
// in a header: decoded, without "Re:", "Fwd:", "[list]" and "(fwd)". reply says
// whether something was removed that marks a reply or forward.
func BaseSubject(subject string) (base string, reply bool) {
	return baseSubject(subject, rfcReplyMark)
}

// threadSubject is the base subject with the reply marks of other languages
// removed too, in lower case: what one thread has in common.
func threadSubject(subject string) string {
	base, _ := baseSubject(subject, anyReplyMark)
	return strings.ToLower(base)
}

func baseSubject(subject string, mark func(string) int) (string, bool) {
	s := clip(strings.Join(strings.Fields(DecodeWords(subject)), " "), maxSubject)
	reply := false
	for {
		for len(s) >= 5 && strings.EqualFold(s[len(s)-5:], "(fwd)") {
			s, reply = strings.TrimRight(s[:len(s)-5], " "), true
		}
		var marked bool
		s, marked = trimLeaders(s, mark)
		reply = reply || marked
		if len(s) < 6 || !strings.EqualFold(s[:5], "[fwd:") || s[len(s)-1] != ']' {
			return s, reply
		}
		s, reply = strings.TrimSpace(s[5:len(s)-1]), true
	}
}

// trimLeaders removes all subj-leaders and subj-blobs (steps 3 to 5).
func trimLeaders(s string, mark func(string) int) (rest string, marked bool) {
	for {
		s = strings.TrimLeft(s, " ")
		n := 0
		for b := blob(s[n:]); b > 0; b = blob(s[n:]) {
			n += b
		}
		if m := mark(s[n:]); m > 0 {
			s, marked = s[n+m:], true
			continue
		}
		b := blob(s)
		if b == 0 || b == len(s) {
			return s, marked
		}
		s = s[b:]
	}
}

// blob gives the length of a "[...] " at the start of s.
func blob(s string) int {
	if s == "" || s[0] != '[' {
		return 0
	}
	end := strings.IndexAny(s[1:], "[]")
	if end < 0 || s[1+end] == '[' {
		return 0
	}
	return spaces(s, end+2)
}

func spaces(s string, n int) int {
	for n < len(s) && s[n] == ' ' {
		n++
	}
	return n
}

// rfcReplyMark gives the length of "Re:", "Fw:" or "Fwd:", a blob before the colon
// allowed.
func rfcReplyMark(s string) int { return replyMark(s, "fwd", "re", "fw") }

// anyReplyMark also knows what mail programs write in other languages.
func anyReplyMark(s string) int {
	return replyMark(s, "fwd", "re", "fw", "aw", "wg", "sv", "vs", "vb", "antw", "ynt", "odp",
		"tr", "rv", "enc", "res", "rif", "doorst", "atb", "bls", "回复", "回覆", "答复", "答覆", "转发", "轉寄")
}

func replyMark(s string, words ...string) int {
	for _, w := range words {
		if len(s) <= len(w) || !strings.EqualFold(s[:len(w)], w) {
			continue
		}
		n := spaces(s, len(w))
		n += blob(s[n:])
		if n < len(s) && s[n] == ':' {
			return spaces(s, n+1)
		}
		if strings.HasPrefix(s[n:], "：") {
			return spaces(s, n+len("："))
		}
	}
	return 0
}
