package submission

import (
	"context"

	"postroom/internal/store"
)

// sign makes the DKIM-Signature for the domain in From, so that DMARC aligns. A
// domain without a key is not signed for; a key that does not work is logged and does
// not hold the mail up.
func (a *Agent) sign(ctx context.Context, raw []byte, from *store.Identity) ([]byte, error) {
	domain, err := from.DKIM(ctx)
	if err != nil {
		return nil, err
	}
	if domain.DKIMKey == "" {
		return nil, nil
	}
	signature, err := a.keys.Sign(raw, domain.Name, domain.DKIMSelector, domain.DKIMKey)
	if err != nil {
		a.opts.Logger.Error("submission: message not signed", "domain", domain.Name, "error", err)
		return nil, nil
	}
	return []byte(signature), nil
}
