package storetest_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"postroom"
	"postroom/internal/store"
	"postroom/internal/store/storetest"
)

// letters makes messages of about 2 KB, with words as rare as in a language.
func letters(number int) string {
	random := rand.New(rand.NewPCG(uint64(number), 1))
	zipf := rand.NewZipf(random, 1.1, 4, 40_000)
	word := func() string {
		n := zipf.Uint64()
		var b strings.Builder
		for n += 7; n > 0; n /= 13 {
			b.WriteString([]string{"an", "be", "cor", "di", "el", "fo", "gra", "hi", "in", "ju", "ka", "lo", "mu"}[n%13])
		}
		return b.String()
	}
	var text strings.Builder
	for text.Len() < 1600 {
		text.WriteString(word())
		text.WriteString([]string{" ", " ", " ", " ", ", ", ".\r\n"}[random.IntN(6)])
	}
	return fmt.Sprintf("From: %s %s <%s@example.test>\r\nTo: info@example.test\r\nSubject: Re: %s %s %s %d\r\nMessage-ID: <b%d@example.test>\r\n"+
		"Received: from mx%d.example.test by mail.example.test with ESMTP id %x; Mon, 2 Mar 2026 10:00:00 +0000\r\n"+
		"Date: Mon, 2 Mar 2026 10:00:00 +0000\r\nContent-Type: text/plain\r\n\r\n%s",
		word(), word(), word(), word(), word(), word(), number, number, number%9, random.Uint64(), text.String())
}

// fillLetters delivers different messages, as many at once as a server gets.
func fillLetters(tb testing.TB, h *storetest.House, to postroom.Account, n int) {
	tb.Helper()
	numbers := make(chan int)
	var workers sync.WaitGroup
	for range 32 {
		workers.Go(func() {
			for i := range numbers {
				h.Deliver(letters(i), to)
			}
		})
	}
	for i := range n {
		numbers <- i
	}
	close(numbers)
	workers.Wait()
	if err := store.IndexAll(context.Background(), h.Store); err != nil {
		tb.Fatal(err)
	}
}

func BenchmarkSearch100k(b *testing.B) {
	manyLetters := 100_000
	if testing.Short() {
		manyLetters = 20_000
	}
	h := storetest.NewHouse(b, storetest.Open(b, func(*store.Options) {}))
	fillLetters(b, h, h.Anna, manyLetters)
	ctx := context.Background()
	m := h.Open(h.SignIn("anna"), h.Anna, "/Inbox")
	uids := make([]postroom.UID, manyLetters)
	for i := range uids {
		uids[i] = postroom.UID(i + 1)
	}
	for _, q := range []struct {
		name  string
		field store.TextField
		text  string
	}{
		{"rare", store.Anywhere, "lograkadi"}, {"none", store.Anywhere, "qqq"}, {"common", store.Body, "an"}, {"letter", store.Body, "e"},
		{"phrase", store.Body, "beko graka"}, {"common-phrase", store.Body, "hi in"},
		{"number", store.Anywhere, "7777"}, {"address", store.Anywhere, "<b7777@example.test>"},
		{"subject", store.Subject, "graka"}, {"from", store.From, "hi@example.test"},
	} {
		b.Run(q.name, func(b *testing.B) {
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				found, err := m.SearchText(ctx, q.field, q.text, uids)
				if err != nil {
					b.Fatal(err)
				}
				n = len(found)
			}
			b.ReportMetric(float64(n), "found")
		})
	}
	b.Run("fuzzy", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := m.SearchFuzzy(ctx, store.Anywhere, "lograkadi graak", uids); err != nil {
				b.Fatal(err)
			}
		}
	})
}
