// Package zimbra speaks the command language of zmprov, zmmailbox and "carbonio
// prov": the subset about accounts, lists, sharing and rights, with the same
// argument order, words, columns and exit statuses. Everything is asked of the
// running server through its administration API.
//
// Differences, on purpose: an unknown address is an error and never becomes a
// guest; grants are inherited in layers (a grant on a folder cuts nobody off);
// createMountpoint accepts a share by a name; who administers does not read mail;
// an attribute or right without a meaning here is an error. All of them are in
// docs/compatibility.md.
package zimbra
