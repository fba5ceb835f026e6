package message

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// ThreadKey stands for "messages about this subject that know this message
// identifier". Two messages that share a key are of one thread (RFC 8621 §3). Keys
// are 32 hexadecimal digits.
type ThreadKey string

// ThreadKeys gives the keys of a message, the nearest relation first: itself,
// what it answers, its references from last to first. subject is the Subject as
// found. A store keeps all keys of a message with its thread and looks up all
// keys of a new one; see [ChooseThread]. A message without identifiers has none
// and is a thread of its own.
func ThreadKeys(messageID string, inReplyTo, references []string, subject string) []ThreadKey {
	topic := threadSubject(subject)
	seen := map[string]bool{}
	var keys []ThreadKey
	add := func(id string) {
		id = strings.Trim(id, "<> \t")
		if id == "" || seen[id] || len(keys) >= MaxReferences {
			return
		}
		seen[id] = true
		sum := sha256.Sum256([]byte(id + "\x00" + topic))
		keys = append(keys, ThreadKey(hex.EncodeToString(sum[:16])))
	}
	add(messageID)
	for _, id := range inReplyTo {
		add(id)
	}
	for i := len(references) - 1; i >= 0; i-- {
		add(references[i])
	}
	return keys
}

// ThreadKeys gives the keys of the summarized message; see [ThreadKeys].
func (s *Summary) ThreadKeys() []ThreadKey {
	return ThreadKeys(s.MessageID, s.InReplyTo, s.References, s.Envelope.Subject)
}

// ChooseThread decides which thread a message joins: that of its nearest known
// relation. merge lists the other threads the message connects, which become one
// with it; ok is false when no key is known and a new thread begins.
func ChooseThread[ID comparable](keys []ThreadKey, known map[ThreadKey]ID) (thread ID, merge []ID, ok bool) {
	seen := map[ID]bool{}
	for _, k := range keys {
		id, found := known[k]
		switch {
		case !found || seen[id]:
			continue
		case !ok:
			thread, ok = id, true
		default:
			merge = append(merge, id)
		}
		seen[id] = true
	}
	return thread, merge, ok
}
