package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// rawJMAP is the same thin client for all servers: one connection, one request
// at a time.
type rawJMAP struct {
	user, password string
	api            string
	account        string
	mailbox        string // id of the large one
	client         http.Client

	// What a row has to remember between its calls.
	state  string
	update []byte
}

// dialJMAP reads the session resource and finds a mailbox in the person's own
// account, or else in another.
func dialJMAP(base, user, password string, own bool, mailbox string) (*rawJMAP, error) {
	c := &rawJMAP{user: user, password: password}
	body, err := c.send("GET", base+"/.well-known/jmap", nil)
	if err != nil {
		return nil, err
	}
	var session struct {
		APIURL          string            `json:"apiUrl"`
		PrimaryAccounts map[string]string `json:"primaryAccounts"`
		Accounts        map[string]any    `json:"accounts"`
	}
	if err := json.Unmarshal(body, &session); err != nil {
		return nil, fmt.Errorf("%w: %.300s", err, body)
	}
	at, err := url.Parse(base)
	if err == nil {
		at, err = at.Parse(session.APIURL)
	}
	if err != nil {
		return nil, err
	}
	c.api = at.String()
	primary := session.PrimaryAccounts["urn:ietf:params:jmap:mail"]
	for account := range session.Accounts {
		if (account == primary) != own {
			continue
		}
		if found, err := c.find(account, mailbox); found || err != nil {
			return c, err
		}
	}
	return nil, fmt.Errorf("there is no mailbox %s in %.300s", mailbox, body)
}

// find looks for a mailbox in an account and stays there.
func (c *rawJMAP) find(account, mailbox string) (bool, error) {
	c.account = account
	var boxes struct {
		List []struct{ ID, Name string } `json:"list"`
	}
	if err := c.call(&boxes, "Mailbox/get", `"ids":null,"properties":["name"]`); err != nil {
		return false, err
	}
	for _, b := range boxes.List {
		if b.Name == mailbox {
			c.mailbox = b.ID
			return true, nil
		}
	}
	return false, nil
}

// send sends one request and reads all of the answer.
func (c *rawJMAP) send(method, address string, body []byte) ([]byte, error) {
	r, err := http.NewRequest(method, address, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.SetBasicAuth(c.user, c.password)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json")
	response, err := c.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s: %.300s", address, response.Status, answer)
	}
	return answer, err
}

// request is the body of method calls, in which $A and $M are the account and
// the mailbox.
func (c *rawJMAP) request(calls string) []byte {
	calls = strings.NewReplacer("$A", c.account, "$M", c.mailbox).Replace(calls)
	return []byte(`{"using":["urn:ietf:params:jmap:core","urn:ietf:params:jmap:mail"],"methodCalls":[` + calls + `]}`)
}

// call makes one call and reads its arguments.
func (c *rawJMAP) call(into any, method, args string) error {
	body, err := c.send("POST", c.api, c.request(fmt.Sprintf(`[%q,{"accountId":"$A",%s},"0"]`, method, args)))
	if err != nil {
		return err
	}
	var answer struct {
		MethodResponses [][]json.RawMessage `json:"methodResponses"`
	}
	if err := json.Unmarshal(body, &answer); err != nil || len(answer.MethodResponses) != 1 {
		return fmt.Errorf("%s: %.300s", method, body)
	}
	if string(answer.MethodResponses[0][0]) != fmt.Sprintf("%q", method) {
		return fmt.Errorf("%s: %s", method, answer.MethodResponses[0][1])
	}
	return json.Unmarshal(answer.MethodResponses[0][1], into)
}
