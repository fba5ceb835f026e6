package jmapserver

import (
	"maps"

	"postroom/internal/jmapwire"
)

// The capabilities.
const (
	coreCapability = "urn:ietf:params:jmap:core"
	mailCapability = "urn:ietf:params:jmap:mail"

	submissionCapability = "urn:ietf:params:jmap:submission"
	vacationCapability   = "urn:ietf:params:jmap:vacationresponse"
	// sharedCapability is our own: docs/jmap.md.
	sharedCapability = "urn:x-postroom:shared-mailbox"
)

// method is what answers a call: run gets the arguments with result references
// resolved, and gives the response.
type method struct {
	capability string
	run        func(*call, jmapwire.Object) (any, error)
}

// methods is the table of all of them. A method is in the file of its noun.
func methods() map[string]method {
	all := map[string]method{
		"Identity/get":     {submissionCapability, typed((*call).identityGet)},
		"Identity/changes": {submissionCapability, typed((*call).identityChanges)},
		"Identity/set":     {submissionCapability, typed((*call).identitySet)},
		"Identity/check":   {sharedCapability, typed((*call).identityCheck)},

		"EmailSubmission/get":          {submissionCapability, typed((*call).submissionGet)},
		"EmailSubmission/changes":      {submissionCapability, typed((*call).submissionChanges)},
		"EmailSubmission/query":        {submissionCapability, typed((*call).submissionQuery)},
		"EmailSubmission/queryChanges": {submissionCapability, typed((*call).submissionQueryChanges)},
		"EmailSubmission/set":          {submissionCapability, typed((*call).submissionSet)},

		"Work/get":       {sharedCapability, typed((*call).workGet)},
		"Work/set":       {sharedCapability, typed((*call).workSet)},
		"Work/history":   {sharedCapability, typed((*call).workHistory)},
		"Note/get":       {sharedCapability, typed((*call).noteGet)},
		"Note/set":       {sharedCapability, typed((*call).noteSet)},
		"Mention/get":    {sharedCapability, typed((*call).mentionGet)},
		"Mention/set":    {sharedCapability, typed((*call).mentionSet)},
		"Note/changes":   {sharedCapability, typed((*call).noteChanges)},
		"Colleague/list": {sharedCapability, typed((*call).colleagueList)},
		"Presence/list":  {sharedCapability, typed((*call).presenceList)},
		"Presence/tell":  {sharedCapability, typed((*call).presenceTell)},

		"RemoteImages/get": {imageCapability, typed((*call).remoteImagesGet)},
		"RemoteImages/set": {imageCapability, typed((*call).remoteImagesSet)},

		"MDN/send":  {mdnCapability, typed((*call).mdnSend)},
		"MDN/parse": {mdnCapability, typed((*call).mdnParse)},

		"VacationResponse/get": {vacationCapability, typed((*call).vacationGet)},
		"VacationResponse/set": {vacationCapability, typed((*call).vacationSet)},

		"PushSubscription/get": {coreCapability, typed((*call).pushGet)},
		"PushSubscription/set": {coreCapability, typed((*call).pushSet)},

		"Core/echo":            {coreCapability, func(_ *call, args jmapwire.Object) (any, error) { return args, nil }},
		"Mailbox/get":          {mailCapability, typed((*call).mailboxGet)},
		"Email/get":            {mailCapability, typed((*call).emailGet)},
		"Mailbox/changes":      {mailCapability, typed((*call).mailboxChanges)},
		"Thread/get":           {mailCapability, typed((*call).threadGet)},
		"Thread/changes":       {mailCapability, typed((*call).threadChanges)},
		"Email/changes":        {mailCapability, typed((*call).emailChanges)},
		"Mailbox/set":          {mailCapability, typed((*call).mailboxSet)},
		"Mailbox/query":        {mailCapability, typed((*call).mailboxQuery)},
		"Mailbox/queryChanges": {mailCapability, typed((*call).mailboxQueryChanges)},
		"Email/queryChanges":   {mailCapability, typed((*call).emailQueryChanges)},
		"Email/import":         {mailCapability, typed((*call).emailImport)},
		"Email/copy":           {mailCapability, typed((*call).emailCopy)},
		"Email/parse":          {mailCapability, typed((*call).emailParse)},
		"SearchSnippet/get":    {mailCapability, typed((*call).snippetGet)},
		"Blob/copy":            {coreCapability, typed((*call).blobCopy)},
		"Email/set":            {mailCapability, typed((*call).emailSet)},
		"Email/query":          {mailCapability, typed((*call).emailQuery)},
	}
	maps.Copy(all, sharingMethods())
	maps.Copy(all, groupMethods())
	return all
}

// typed is a method whose arguments are read into a struct.
func typed[A any](run func(*call, A) (any, error)) func(*call, jmapwire.Object) (any, error) {
	return func(c *call, args jmapwire.Object) (any, error) {
		var a A
		if err := jmapwire.Decode(args, &a); err != nil {
			return nil, err
		}
		return run(c, a)
	}
}
