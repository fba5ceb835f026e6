// Package jmapwire is the language of JMAP (RFC 8620 and RFC 8621) without what
// it is spoken about: requests and responses, strict JSON, result references,
// patches, filters, identifiers and dates. It is pure.
package jmapwire
