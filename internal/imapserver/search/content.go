package search

import (
	"fmt"
	"io"

	"postroom"
	"postroom/internal/message"
	"postroom/internal/store"
)

// EmailID is unique on the whole server (RFC 8474): a session sees messages of
// many accounts.
func EmailID(account postroom.AccountID, id postroom.EmailID) string {
	return fmt.Sprintf("E%d-%d", account, id)
}

// ThreadID is unique on the whole server, or empty for a message without one.
func ThreadID(account postroom.AccountID, id postroom.ThreadID) string {
	if id == 0 {
		return ""
	}
	return fmt.Sprintf("T%d-%d", account, id)
}

// ReadHeader reads just the header block of a message.
func ReadHeader(c store.Content) ([]byte, error) {
	const step = 16 << 10
	size := c.Size()
	var block []byte
	for int64(len(block)) < size {
		start := len(block)
		block = append(block, make([]byte, min(step, size-int64(start)))...)
		if _, err := c.ReadAt(block[start:], int64(start)); err != nil && err != io.EOF {
			return nil, err
		}
		if h := message.HeaderOf(block); len(h) < len(block) {
			return h, nil
		}
	}
	return block, nil
}
