package imapserver_test

import (
	"postroom"
	"postroom/internal/rights"
)

// pairRow is a command tried with every set of rights on the mailbox %M, which
// is Work of info@. %S is cleo's Stock, whose one message has every flag, %T
// her empty Target.
type pairRow struct {
	file  string             // testdata/rights/FILE.txt
	opens string             // the command that selects a mailbox first, or none
	lines []string           // what is said; "! deliver" has anna add a message
	needs []rights.Operation // on %M; the first that is missing is the answer
	// changes says that the command, when allowed, leaves something behind.
	changes bool
	// hidden is how an answer begins when %M is not there.
	hidden string
	// part says that without a right the command still succeeds, with what is
	// allowed of it: check tells what that is.
	part  bool
	check func(c *pairCell)
}

const (
	nonExistent = "NO [NONEXISTENT] no such mailbox"
	tryCreate   = "NO [TRYCREATE] no such mailbox"
	six         = " {6+}\r\na: b\r\n"
	selectWork  = "SELECT %M"
	examineWork = "EXAMINE %M"
	selectStock = "SELECT %S"
)

// pairRows are all commands that meet a right.
func pairRows() []pairRow {
	var all []pairRow
	for _, rows := range [][]pairRow{listRows(), openRows(), fetchRows(), storeRowsOfPairs(), searchRows(), copyRows(), appendRows(),
		manageRows(), accessRows(), noticeRows()} {
		all = append(all, rows...)
	}
	for i := range all {
		if all[i].hidden == "" {
			all[i].hidden = nonExistent
		}
	}
	return all
}

func listRows() []pairRow {
	list := func(check func(*pairCell), lines ...string) pairRow {
		return pairRow{file: "LIST", lines: lines, hidden: "OK LIST", part: true, check: check}
	}
	return []pairRow{
		list(listed("LIST"), `LIST "" %M`),
		list(listed("LIST"), `LIST "" (%M/* %M)`),
		list(listed("LIST"), `LIST "" %M RETURN (MYRIGHTS CHILDREN)`),
		list(listed("LIST"), `LIST "" %M RETURN (STATUS (MESSAGES UNSEEN))`),
		list(listed("LIST"), `LIST (SUBSCRIBED) "" %M RETURN (SPECIAL-USE)`),
		list(listed("LIST"), `LIST "" %M RETURN (METADATA (/shared/comment))`),
		{file: "LSUB", lines: []string{`LSUB "" %M`}, hidden: "OK LSUB", part: true, check: listed("LSUB")},
		{file: "STATUS", lines: []string{`STATUS %M (MESSAGES UIDNEXT UNSEEN DELETED SIZE)`}, needs: ops(rights.Open)},
		{file: "STATUS", lines: []string{`STATUS %M (UIDVALIDITY MAILBOXID)`}, needs: ops(rights.Open)},
		{file: "SUBSCRIBE", lines: []string{`SUBSCRIBE %M`}, hidden: "OK SUBSCRIBE", part: true},
		{file: "SUBSCRIBE", lines: []string{`UNSUBSCRIBE %M`}, hidden: "OK UNSUBSCRIBE", part: true},
	}
}

func openRows() []pairRow {
	return []pairRow{
		{file: "SELECT", lines: []string{selectWork}, needs: ops(rights.Open), check: checkSelected},
		{file: "EXAMINE", lines: []string{examineWork}, needs: ops(rights.Open), check: checkExamined},
		{file: "EXAMINE", opens: examineWork, lines: []string{`STORE 1 +FLAGS (\Seen)`}, part: true, check: neverChanges},
		{file: "EXAMINE", opens: examineWork, lines: []string{`FETCH 1 (BODY[TEXT])`}, part: true, check: neverChanges},
		{file: "EXAMINE", opens: examineWork, lines: []string{`EXPUNGE`}, part: true, check: neverChanges},
		{file: "EXAMINE", opens: examineWork, lines: []string{`MOVE 1 %T`}, part: true, check: neverChanges},
		{file: "EXAMINE", opens: examineWork, lines: []string{`CLOSE`}, part: true, check: neverChanges},
		{file: "CLOSE", opens: selectWork, lines: []string{`CLOSE`}, part: true, check: goneWith(postroom.Expunge, "3")},
		{file: "CLOSE", opens: selectWork, lines: []string{`UNSELECT`}, part: true, check: neverChanges},
		{file: "EXPUNGE", opens: selectWork, lines: []string{`EXPUNGE`}, needs: ops(rights.ExpungeItems), changes: true, check: goneWith(postroom.Expunge, "3")},
		{file: "EXPUNGE", opens: selectWork, lines: []string{`UID EXPUNGE 2:3`}, needs: ops(rights.ExpungeItems), changes: true, check: goneWith(postroom.Expunge, "3")},
	}
}

func fetchRows() []pairRow {
	fetch := func(line string, check func(*pairCell)) pairRow {
		return pairRow{file: "FETCH", opens: selectWork, lines: []string{line}, needs: ops(rights.Fetch), part: true, check: check}
	}
	return []pairRow{
		fetch(`FETCH 1:* (UID FLAGS RFC822.SIZE)`, neverChanges),
		fetch(`FETCH 1 (BODY.PEEK[TEXT])`, neverChanges),
		fetch(`FETCH 1 (ENVELOPE BODYSTRUCTURE PREVIEW)`, neverChanges),
		fetch(`FETCH 1 (BODY[TEXT])`, checkRead),
		fetch(`FETCH 1 (FLAGS BODY[HEADER.FIELDS (SUBJECT)])`, checkRead),
		fetch(`UID FETCH 1 (BINARY[1])`, checkRead),
		fetch(`FETCH 1 (RFC822.TEXT)`, checkRead),
	}
}

func storeRowsOfPairs() []pairRow {
	store := func(line string, uid string, op byte, flags string) pairRow {
		return pairRow{file: "STORE", opens: selectWork, lines: []string{line}, part: true, check: checkStored(uid, op, flags)}
	}
	return []pairRow{
		store(`STORE 1 +FLAGS (\Seen)`, "1", '+', `\Seen`),
		store(`STORE 1 +FLAGS (\Flagged)`, "1", '+', `\Flagged`),
		store(`STORE 1 +FLAGS (\Deleted)`, "1", '+', `\Deleted`),
		store(`STORE 1 +FLAGS (work)`, "1", '+', `work`),
		store(`STORE 1 FLAGS (\Seen \Flagged \Deleted work)`, "1", '=', `\Seen \Flagged \Deleted work`),
		store(`STORE 2 -FLAGS (\Seen \Answered $Forwarded)`, "2", '-', `\Seen \Answered $forwarded`),
		store(`STORE 2 FLAGS ()`, "2", '=', ``),
		store(`UID STORE 1 +FLAGS.SILENT (\Seen \Deleted)`, "1", '+', `\Seen \Deleted`),
	}
}

func searchRows() []pairRow {
	search := func(file, line string) pairRow {
		return pairRow{file: file, opens: selectWork, lines: []string{line}, needs: ops(rights.Search), check: neverChanges}
	}
	return []pairRow{
		search("SEARCH", `SEARCH ALL`), search("SEARCH", `UID SEARCH FLAGGED`), search("SEARCH", `SEARCH RETURN (COUNT MIN) BODY price`),
		search("SORT", `SORT (REVERSE SUBJECT) UTF-8 ALL`), search("SORT", `UID SORT RETURN (ALL) (ARRIVAL) UTF-8 SEEN`),
		search("THREAD", `THREAD REFERENCES UTF-8 ALL`),
		{file: "ESEARCH", lines: []string{`ESEARCH IN (mailboxes %M) RETURN (COUNT) ALL`}, hidden: "OK ESEARCH", part: true, check: tells("* ESEARCH", postroom.Read)},
		{file: "ESEARCH", lines: []string{`ESEARCH IN (subtree %M) BODY price`}, hidden: "OK ESEARCH", part: true, check: tells("* ESEARCH", postroom.Read)},
	}
}

func copyRows() []pairRow {
	discard := `MOVE 1 Shared/info@example.test/Trash`
	return []pairRow{
		{file: "COPY", opens: selectWork, lines: []string{`COPY 1:2 %T`}, needs: ops(rights.CopySource), changes: true},
		{file: "COPY", opens: selectStock, lines: []string{`COPY 1 %M`}, needs: ops(rights.CopyTarget), hidden: tryCreate, changes: true, check: checkArrived},
		{file: "COPY", opens: selectStock, lines: []string{`UID COPY 1 %M`}, needs: ops(rights.CopyTarget), hidden: tryCreate, changes: true, check: checkArrived},
		{file: "COPY", opens: selectWork, lines: []string{`COPY 2 %M`}, needs: ops(rights.CopySource, rights.CopyTarget), changes: true},
		{file: "MOVE", opens: selectWork, lines: []string{`MOVE 1 %T`}, needs: ops(rights.MoveSource), changes: true},
		{file: "MOVE", opens: selectWork, lines: []string{`UID MOVE 1:2 %T`}, needs: ops(rights.MoveSource), changes: true},
		{file: "MOVE", opens: selectWork, lines: []string{discard}, needs: ops(rights.MoveSource), changes: true},
		{file: "MOVE", opens: selectStock, lines: []string{`MOVE 1 %M`}, needs: ops(rights.MoveTarget), hidden: tryCreate, changes: true, check: checkArrived},
	}
}

func appendRows() []pairRow {
	all := ` (\Seen \Answered \Flagged \Deleted \Draft $Forwarded)`
	return []pairRow{
		{file: "APPEND", lines: []string{"APPEND %M" + six}, needs: ops(rights.Append), hidden: tryCreate, changes: true},
		{file: "APPEND", lines: []string{"APPEND %M" + all + six}, needs: ops(rights.Append), hidden: tryCreate, changes: true, check: checkArrived},
		{file: "APPEND", lines: []string{"APPEND %M" + six + ` (\Seen \Draft)` + six}, needs: ops(rights.Append), hidden: tryCreate, changes: true},
		{file: "APPEND", lines: []string{"APPEND %M {6}"}, needs: ops(rights.Append), hidden: tryCreate, changes: true},
		{file: "REPLACE", opens: selectStock, lines: []string{"REPLACE 1 %M" + all + six}, needs: ops(rights.Append), hidden: tryCreate, changes: true, check: checkArrived},
		{file: "REPLACE", opens: selectWork, lines: []string{"REPLACE 1 %T" + six}, needs: ops(rights.MoveSource), changes: true},
		{file: "REPLACE", opens: selectWork, lines: []string{"UID REPLACE 1 %M" + six}, needs: ops(rights.MoveSource, rights.Append), changes: true},
	}
}

func manageRows() []pairRow {
	row := func(file, line string, needs ...rights.Operation) pairRow {
		return pairRow{file: file, lines: []string{line}, needs: needs, changes: true}
	}
	return []pairRow{
		row("CREATE", `CREATE %M/New`, rights.CreateCollection),
		row("CREATE", `CREATE %M/New/Deep`, rights.CreateCollection),
		{file: "CREATE", lines: []string{`CREATE %M/Child`}, part: true, check: neverChanges},
		row("DELETE", `DELETE %M/Child`, rights.RemoveCollection),
		{file: "DELETE", lines: []string{`DELETE %M`}, part: true, check: neverChanges},
		row("RENAME", `RENAME %M/Child %M/Renamed`, rights.RenameSource, rights.RenameParent),
		{file: "RENAME", lines: []string{`RENAME %M/Child Shared/info@example.test/Open/Moved`}, part: true, check: neverChanges},
		{file: "RENAME", lines: []string{`RENAME %M Mine`}, part: true, check: neverChanges},
		{file: "RENAME", lines: []string{`RENAME %M/Child %M`}, part: true, check: neverChanges},
	}
}

func accessRows() []pairRow {
	row := func(file, line string, changes bool, needs ...rights.Operation) pairRow {
		return pairRow{file: file, lines: []string{line}, needs: needs, changes: changes}
	}
	meta := func(line string, changes bool, any postroom.Rights) pairRow {
		return pairRow{file: "METADATA", lines: []string{line}, part: true, check: checkAnnotation(any, changes)}
	}
	about := postroom.Read | postroom.Seen | postroom.Write | postroom.Insert
	return []pairRow{
		row("ACL", `MYRIGHTS %M`, false, rights.List),
		row("ACL", `GETACL %M`, false, rights.GetGrants),
		row("ACL", `LISTRIGHTS %M ben@example.test`, false, rights.GetGrants),
		row("ACL", `SETACL %M ben@example.test lrw`, true, rights.SetGrants),
		row("ACL", `SETACL %M ben@example.test +t`, true, rights.SetGrants),
		row("ACL", `SETACL %M -anyone i`, true, rights.SetGrants),
		row("ACL", `DELETEACL %M ben@example.test`, true, rights.SetGrants),
		meta(`GETMETADATA %M (/shared/comment /shared/vendor/postroom/owner /shared/vendor/postroom/rights)`, false, about),
		meta(`SETMETADATA %M (/private/comment "mine")`, true, about),
		meta(`SETMETADATA %M (/shared/comment "ours")`, true, postroom.Write),
		{file: "QUOTA", lines: []string{`GETQUOTAROOT %M`}, needs: ops(rights.List), check: tells("* QUOTA ", postroom.Read)},
	}
}

func noticeRows() []pairRow {
	return []pairRow{
		{file: "NOTIFY", lines: []string{`NOTIFY SET STATUS (mailboxes %M (MessageNew MessageExpunge))`, "! deliver", "IDLE"},
			hidden: "OK IDLE", part: true, check: tells("* STATUS", postroom.Read)},
		{file: "NOTIFY", lines: []string{`NOTIFY SET (subtree %M (MessageNew MessageExpunge MailboxName))`, "! deliver", "IDLE"},
			hidden: "OK IDLE", part: true, check: tells("* STATUS", postroom.Read)},
		{file: "IDLE", opens: selectWork, lines: []string{"! deliver", "IDLE"}, part: true, check: tells("* 4 EXISTS", postroom.Read)},
	}
}

func ops(list ...rights.Operation) []rights.Operation { return list }
