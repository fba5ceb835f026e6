package adminserver

import (
	"context"
	"encoding/hex"
	"time"

	"postroom"
	"postroom/internal/adminwire"
	"postroom/internal/store"
)

type listAudit struct {
	Target string    `query:"target"`
	Actor  string    `query:"actor"`
	Action string    `query:"action" doc:"A name, or a prefix that ends in a dot; several with commas between"`
	From   time.Time `query:"from"`
	To     time.Time `query:"to"`
	After  int64     `query:"after" minimum:"0" doc:"Only records behind this number"`
	Before int64     `query:"before" minimum:"0" doc:"Only records before this number"`
	Max    int       `query:"max" minimum:"0" maximum:"10000"`
	Latest bool      `query:"latest" doc:"The last records that fit instead of the first"`
}

type ofMessage struct {
	ID      string `query:"id" doc:"The Message-ID, with angle brackets or without"`
	Mailbox string `query:"mailbox" doc:"ADDRESS:/folder, with uid, instead of id"`
	UID     uint32 `query:"uid"`
}

func messagePlace(p store.MessagePlace) adminwire.MessagePlace {
	return adminwire.MessagePlace{Account: p.Account, Path: p.Path, UID: uint32(p.UID), Gone: p.Gone}
}

func auditRecord(a postroom.AuditRecord) adminwire.AuditRecord {
	return adminwire.AuditRecord{Seq: a.Seq, Org: int64(a.Org), ActorID: int64(a.Actor.Account), TargetID: int64(a.Target),
		Erased: a.Erased(), At: a.At, Actor: a.Actor.Address, Credential: a.Actor.Credential,
		Protocol: a.Actor.Protocol, Remote: a.Actor.Remote, Action: a.Action, Target: a.TargetAddress,
		Collection: a.Collection, Details: a.Details,
		Previous: hex.EncodeToString(a.Previous[:]), Hash: hex.EncodeToString(a.Hash[:])}
}

func (s *Server) audit() {
	endpoint(s, "GET", "/audit", "List audit records in order",
		func(ctx context.Context, r request[listAudit]) ([]adminwire.AuditRecord, error) {
			in := r.in
			f := store.AuditFilter{Actor: in.Actor, Action: in.Action, From: in.From, To: in.To, AfterID: in.After, BeforeID: in.Before,
				Max: in.Max, Latest: in.Latest}
			if in.Target != "" {
				t, address, err := entry(ctx, r.dir, in.Target)
				if err != nil {
					return nil, err
				}
				if f.Target = t.Account; t.Account == 0 {
					f.Named = address
				}
			}
			list, err := r.dir.AuditRecords(ctx, f)
			return each(list, auditRecord), err
		})
	endpoint(s, "GET", "/audit/message", "Who read, flagged, moved, deleted and sent a message",
		func(ctx context.Context, r request[ofMessage]) (adminwire.MessageTrail, error) {
			q := store.MessageQuestion{MessageID: r.in.ID, UID: postroom.UID(r.in.UID)}
			q.Account, q.Path = adminwire.SplitTarget(r.in.Mailbox)
			t, err := r.dir.MessageAudit(ctx, q)
			return adminwire.MessageTrail{Places: each(t.Places, messagePlace), Records: each(t.Records, auditRecord)}, err
		})
	endpoint(s, "GET", "/audit/verify", "Recompute the chain of the audit log",
		func(ctx context.Context, r request[none]) (adminwire.AuditVerified, error) {
			n, err := r.dir.VerifyAudit(ctx)
			return adminwire.AuditVerified{Records: n}, err
		})
}
