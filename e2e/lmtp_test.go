package e2e

import (
	"net"

	"github.com/emersion/go-smtp"
)

func dialLMTP(addr string) (*smtp.Client, error) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	return smtp.NewClientLMTP(conn), nil
}
