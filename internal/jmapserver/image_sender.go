package jmapserver

import (
	"slices"
	"strings"

	"postroom"
	"postroom/internal/addr"
	"postroom/internal/jmapwire"
	"postroom/internal/store"
)

// sendersEntry is where a person's list of senders is kept: an annotation of the
// server that is seen by nobody else, with an address a line.
const sendersEntry = "/private/vendor/postroom/remote-images"

// remoteImages is the answer of both methods: the senders whose pictures are
// shown without asking, those named last at the end.
type remoteImages struct {
	AccountID jmapwire.ID `json:"accountId"`
	Senders   []string    `json:"senders"`
}

type remoteImagesGet struct {
	AccountID jmapwire.ID `jmap:"accountId"`
}

type remoteImagesSet struct {
	AccountID jmapwire.ID `jmap:"accountId"`
	Add       []string    `jmap:"add"`
	Remove    []string    `jmap:"remove"`
}

// remoteImagesGet is RemoteImages/get: docs/jmap.md. The list is the person's
// own.
func (c *call) remoteImagesGet(a remoteImagesGet) (any, error) {
	senders, err := c.imageSenders(a.AccountID)
	return remoteImages{a.AccountID, senders}, err
}

// remoteImagesSet is RemoteImages/set. When the list gets too long those named
// first go.
func (c *call) remoteImagesSet(a remoteImagesSet) (any, error) {
	senders, err := c.imageSenders(a.AccountID)
	if err != nil {
		return nil, err
	}
	for i, list := range [][]string{a.Remove, a.Add} {
		for _, text := range list {
			at, err := addr.Parse(text)
			if err != nil {
				return nil, jmapwire.InvalidArguments("not an address")
			}
			sender := strings.ToLower(at.String())
			senders = slices.DeleteFunc(senders, func(s string) bool { return s == sender })
			if i == 1 {
				senders = append(senders, sender)
			}
		}
	}
	value := []byte(strings.Join(senders, "\n"))
	for len(value) > store.MaxAnnotation {
		senders = senders[1:]
		value = []byte(strings.Join(senders, "\n"))
	}
	if len(senders) == 0 {
		value = nil
	}
	err = c.session.Annotate(c.ctx, postroom.CollectionRef{}, []store.Annotation{{Entry: sendersEntry, Value: value}})
	return remoteImages{a.AccountID, senders}, err
}

func (c *call) imageSenders(account jmapwire.ID) ([]string, error) {
	if id, ok := jmapwire.ParseAccountID(account); !ok || id != c.session.Home() {
		return nil, jmapwire.Fail("accountNotFound")
	}
	list, err := c.session.Annotations(c.ctx, postroom.CollectionRef{})
	if err != nil {
		return nil, err
	}
	for _, a := range list {
		if a.Entry == sendersEntry {
			return strings.Split(string(a.Value), "\n"), nil
		}
	}
	return []string{}, nil
}
