package store

import "postroom"

// foldDraft takes the draft of a message that has just been sent away when a
// program moves it to Sent: the server has filed the message there as it left
// (semantics.md section 3), and one is enough. It tells whether it did.
func (m *Mail) foldDraft(c *change, r *outlook, e *Email, enter, leave []postroom.CollectionID) (bool, error) {
	if len(enter) != 1 || e.Flags&postroom.FlagDraft == 0 {
		return false, nil
	}
	if box, there := r.box(enter[0]); !there || box.Role != postroom.RoleSent {
		return false, nil
	}
	var hash int64
	err := c.tx.QueryRow(`SELECT message_hash FROM email WHERE account_id = $1 AND email_id = $2`, m.account, e.ID).Scan(&hash)
	if err != nil || hash == 0 {
		return false, err
	}
	filed, err := c.foldSent(hash)
	if err != nil || !filed.Folded {
		return false, err
	}
	for _, id := range leave {
		if err := m.drop(c, e, id, false, emailsGo); err != nil {
			return false, err
		}
	}
	return true, nil
}
