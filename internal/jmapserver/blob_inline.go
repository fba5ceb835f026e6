package jmapserver

import (
	"bytes"
	"crypto/sha1" //nolint:gosec // RFC 9404 §3.1 names it; it protects nothing here
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"postroom"
	"postroom/internal/jmapwire"
	"postroom/internal/store"
)

const blobCapability = "urn:ietf:params:jmap:blob"

const (
	// maxInline bounds a blob made or read inside a request, in bytes.
	maxInline = 8 << 20
	// maxSources bounds the parts a blob is made of.
	maxSources = 64
)

// blobAccount is what an account says of its blobs (RFC 9404 §2).
type blobAccount struct {
	MaxSize    int64    `json:"maxSizeBlobSet"`
	MaxSources int      `json:"maxDataSources"`
	Types      []string `json:"supportedTypeNames"`
	Digests    []string `json:"supportedDigestAlgorithms"`
}

var blobLimits = blobAccount{maxInline, maxSources, []string{"Email"}, []string{"sha", "sha-256", "sha-512"}}

// blobUploadArgs are the arguments of Blob/upload.
type blobUploadArgs struct {
	Account jmapwire.ID                     `jmap:"accountId,required"`
	Create  map[jmapwire.ID]json.RawMessage `jmap:"create,required"`
}

// blobUploaded is its response.
type blobUploaded struct {
	Account    jmapwire.ID                     `json:"accountId"`
	Created    map[jmapwire.ID]any             `json:"created"`
	NotCreated map[jmapwire.ID]*jmapwire.Error `json:"notCreated"`
}

// blobUpload is Blob/upload (RFC 9404 §4.1).
func (c *call) blobUpload(a blobUploadArgs) (any, error) {
	m, err := c.mail(a.Account)
	if err != nil {
		return nil, err
	}
	if err := tooMany(len(a.Create), limits.ObjectsInSet); err != nil {
		return nil, err
	}
	out := blobUploaded{Account: a.Account}
	for _, key := range slices.Sorted(maps.Keys(a.Create)) {
		if !key.Valid() {
			return nil, jmapwire.InvalidArguments("create has a key that is no id")
		}
		id, told, err := c.blobCreate(m, a.Create[key])
		if err != nil {
			put(&out.NotCreated, key, c.setError("Blob/upload", err))
			continue
		}
		c.created[key] = id
		put(&out.Created, key, told)
	}
	return out, nil
}

// dataSource is a DataSourceObject (RFC 9404 §4.1).
type dataSource struct {
	Text   *string        `jmap:"data:asText"`
	Base64 *string        `jmap:"data:asBase64"`
	Blob   *jmapwire.Ref  `jmap:"blobId"`
	Offset *jmapwire.UInt `jmap:"offset"`
	Length *jmapwire.UInt `jmap:"length"`
}

func (c *call) blobCreate(m *store.Mail, raw json.RawMessage) (id jmapwire.ID, told any, err error) {
	var o jmapwire.Object
	var of struct {
		Data []json.RawMessage `jmap:"data,required"`
		Type *string           `jmap:"type"`
	}
	if json.Unmarshal(raw, &o) != nil || o == nil {
		return "", nil, jmapwire.InvalidProperties("not an object")
	}
	if err := jmapwire.Decode(o, &of); err != nil {
		return "", nil, jmapwire.InvalidProperties(err.Description, err.Properties...)
	}
	if len(of.Data) > maxSources {
		return "", nil, jmapwire.InvalidProperties("too many data sources", "data")
	}
	var content bytes.Buffer
	for _, source := range of.Data {
		part, err := c.source(m, source)
		if err != nil {
			return "", nil, err
		}
		if content.Len()+len(part) > maxInline {
			return "", nil, &jmapwire.Error{Type: "tooLarge", MaxSize: maxInline}
		}
		content.Write(part)
	}
	size := content.Len()
	u, err := m.Upload(c.ctx, &content)
	if err != nil {
		return "", nil, err
	}
	id = jmapwire.UploadBlobID(m.Account(), u.ID)
	kind := "application/octet-stream"
	if of.Type != nil {
		kind = mediaTypeOf(*of.Type)
	}
	return id, map[string]any{"id": id, "type": kind, "size": size}, nil
}

// source reads the bytes of a data source.
func (c *call) source(m *store.Mail, raw json.RawMessage) ([]byte, error) {
	var o jmapwire.Object
	var s dataSource
	if json.Unmarshal(raw, &o) != nil || o == nil {
		return nil, jmapwire.InvalidProperties("a data source is an object", "data")
	}
	if err := jmapwire.Decode(o, &s); err != nil {
		return nil, jmapwire.InvalidProperties(err.Description, "data")
	}
	n := 0
	for _, is := range []bool{s.Text != nil, s.Base64 != nil, s.Blob != nil} {
		if is {
			n++
		}
	}
	switch {
	case n != 1 || s.Blob == nil && (s.Offset != nil || s.Length != nil):
		return nil, jmapwire.InvalidProperties("a data source is a text, base64, or a blob with an offset and a length", "data")
	case s.Text != nil:
		return []byte(*s.Text), nil
	case s.Base64 != nil:
		b, err := base64.StdEncoding.DecodeString(*s.Base64)
		if err != nil {
			return nil, jmapwire.InvalidProperties("not base64", "data")
		}
		return b, nil
	}
	id, ok := c.id(*s.Blob)
	if !ok {
		return nil, &jmapwire.Error{Type: "blobNotFound"}
	}
	b, err := c.blob(m, id)
	if postroom.KindOf(err) == postroom.NotFound {
		return nil, &jmapwire.Error{Type: "blobNotFound", NotFound: []jmapwire.ID{id}}
	}
	if err != nil {
		return nil, err
	}
	part, whole := cut(b, s.Offset, s.Length)
	if !whole {
		return nil, jmapwire.InvalidProperties("the blob is not that long", "data")
	}
	return part, nil
}

// cut gives a range of bytes; false when it goes over their end.
func cut(b []byte, offset, length *jmapwire.UInt) ([]byte, bool) {
	from, whole := 0, true
	if offset != nil {
		from = int(min(*offset, jmapwire.UInt(len(b))))
		whole = *offset <= jmapwire.UInt(len(b))
	}
	b = b[from:]
	if length != nil {
		whole = whole && *length <= jmapwire.UInt(len(b))
		b = b[:min(*length, jmapwire.UInt(len(b)))]
	}
	return b, whole
}

// blobGetArgs are the arguments of Blob/get.
type blobGetArgs struct {
	Account    jmapwire.ID    `jmap:"accountId,required"`
	IDs        []jmapwire.Ref `jmap:"ids,required"`
	Properties *[]string      `jmap:"properties"`
	Offset     *jmapwire.UInt `jmap:"offset"`
	Length     *jmapwire.UInt `jmap:"length"`
}

var blobProperties = []string{"id", "data", "data:asText", "data:asBase64", "size", "digest:sha", "digest:sha-256", "digest:sha-512"}

// blobGet is Blob/get (RFC 9404 §4.2).
func (c *call) blobGet(a blobGetArgs) (any, error) {
	m, err := c.mail(a.Account)
	if err != nil {
		return nil, err
	}
	if err := tooMany(len(a.IDs), limits.ObjectsInGet); err != nil {
		return nil, err
	}
	properties := []string{"id", "data", "size"}
	if a.Properties != nil {
		if properties, err = chosen(a.Properties, blobProperties); err != nil {
			return nil, err
		}
	}
	out := map[string]any{"accountId": a.Account}
	list, missing := []any{}, []jmapwire.ID{}
	left := maxInline
	for _, ref := range unique(a.IDs) {
		id, ok := c.id(ref)
		if !ok {
			missing = append(missing, jmapwire.ID(strings.TrimPrefix(string(ref), "#")))
			continue
		}
		b, err := c.blob(m, id)
		if postroom.KindOf(err) == postroom.NotFound {
			missing = append(missing, id)
			continue
		}
		if err != nil {
			return nil, err
		}
		part, whole := cut(b, a.Offset, a.Length)
		if left -= len(part); left < 0 && slices.ContainsFunc(properties, func(p string) bool { return strings.HasPrefix(p, "data") }) {
			return nil, jmapwire.Fail("requestTooLarge")
		}
		list = append(list, blobObject(id, part, len(b), whole, properties))
	}
	out["list"], out["notFound"] = list, missing
	return out, nil
}

func blobObject(id jmapwire.ID, part []byte, size int, whole bool, properties []string) map[string]any {
	o := map[string]any{"id": id}
	if !whole {
		o["isTruncated"] = true
	}
	for _, name := range properties {
		switch name {
		case "size":
			o[name] = size
		case "data:asBase64":
			o[name] = base64.StdEncoding.EncodeToString(part)
		case "data", "data:asText":
			switch text := utf8.Valid(part); {
			case text:
				o["data:asText"] = string(part)
			case name == "data":
				o["data:asBase64"] = base64.StdEncoding.EncodeToString(part)
			default:
				o["data:asText"] = nil
			}
			if !utf8.Valid(part) {
				o["isEncodingProblem"] = true
			}
		case "digest:sha":
			sum := sha1.Sum(part) //nolint:gosec // as above
			o[name] = base64.StdEncoding.EncodeToString(sum[:])
		case "digest:sha-256":
			sum := sha256.Sum256(part)
			o[name] = base64.StdEncoding.EncodeToString(sum[:])
		case "digest:sha-512":
			sum := sha512.Sum512(part)
			o[name] = base64.StdEncoding.EncodeToString(sum[:])
		}
	}
	return o
}

// blobLookupArgs are the arguments of Blob/lookup.
type blobLookupArgs struct {
	Account jmapwire.ID    `jmap:"accountId,required"`
	Types   []string       `jmap:"typeNames,required"`
	IDs     []jmapwire.Ref `jmap:"ids,required"`
}

// blobLookup is Blob/lookup (RFC 9404 §4.3): which emails have a blob. An
// upload is in none, an email made of it has its own.
func (c *call) blobLookup(a blobLookupArgs) (any, error) {
	m, err := c.mail(a.Account)
	if err != nil {
		return nil, err
	}
	if err := tooMany(len(a.IDs), limits.ObjectsInGet); err != nil {
		return nil, err
	}
	for _, name := range a.Types {
		if !slices.Contains(blobLimits.Types, name) {
			return nil, &jmapwire.Error{Type: "unknownDataType", Description: "blobs are looked for in Email"}
		}
	}
	list, missing := []any{}, []jmapwire.ID{}
	for _, ref := range unique(a.IDs) {
		id, _ := c.id(ref)
		b, known := jmapwire.ParseBlobID(m.Account(), id)
		var content store.Content
		if known {
			content, err = openBlob(c, m, b)
			known = err == nil
			if err != nil && postroom.KindOf(err) != postroom.NotFound {
				return nil, err
			}
		}
		if !known {
			missing = append(missing, jmapwire.ID(strings.TrimPrefix(string(ref), "#")))
			continue
		}
		_ = content.Close() // was only read
		of := make(map[string][]jmapwire.ID)
		for _, name := range a.Types {
			of[name] = []jmapwire.ID{}
			if b.Email != 0 {
				of[name] = []jmapwire.ID{jmapwire.EmailID(m.Account(), b.Email)}
			}
		}
		list = append(list, map[string]any{"id": id, "matchedIds": of})
	}
	return map[string]any{"accountId": a.Account, "list": list, "notFound": missing}, nil
}
