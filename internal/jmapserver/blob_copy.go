package jmapserver

import (
	"bytes"

	"postroom"
	"postroom/internal/jmapwire"
)

// blobCopyArgs are the arguments of Blob/copy (RFC 8620 §6.3).
type blobCopyArgs struct {
	FromAccountID jmapwire.ID   `jmap:"fromAccountId,required"`
	AccountID     jmapwire.ID   `jmap:"accountId,required"`
	BlobIDs       []jmapwire.ID `jmap:"blobIds,required"`
}

// blobCopy is Blob/copy: the copy is an upload of this person.
func (c *call) blobCopy(a blobCopyArgs) (any, error) {
	from, err := c.mail(a.FromAccountID)
	if postroom.KindOf(err) == postroom.NotFound || err != nil && isOwn(err) {
		return nil, jmapwire.Fail("fromAccountNotFound")
	}
	if err != nil {
		return nil, err
	}
	m, err := c.mail(a.AccountID)
	if err != nil {
		return nil, err
	}
	if err := tooMany(len(a.BlobIDs), limits.ObjectsInSet); err != nil {
		return nil, err
	}
	var copied map[jmapwire.ID]jmapwire.ID
	var failed map[jmapwire.ID]*jmapwire.Error
	for _, id := range unique(a.BlobIDs) {
		b, err := c.blob(from, id)
		if err == nil {
			u, failure := m.Upload(c.ctx, bytes.NewReader(b))
			if err = failure; err == nil {
				put(&copied, id, jmapwire.UploadBlobID(m.Account(), u.ID))
			}
		}
		if err != nil {
			put(&failed, id, c.setError("Blob/copy", err))
		}
	}
	return map[string]any{"fromAccountId": a.FromAccountID, "accountId": a.AccountID, "copied": copied, "notCopied": failed}, nil
}
