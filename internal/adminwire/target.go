package adminwire

import "strings"

// SplitTarget takes ADDRESS[:/path] apart; without a path it is the root. The
// separator is looked for behind the domain's "@", so that a quoted local part
// and a path may hold anything.
func SplitTarget(target string) (address, path string) {
	from := 0
	if strings.HasPrefix(target, `"`) {
		from = max(strings.Index(target, `"@`), 0)
	}
	i := strings.Index(target[from:], ":/")
	if i < 0 {
		return target, "/"
	}
	return target[:from+i], target[from+i+1:]
}
