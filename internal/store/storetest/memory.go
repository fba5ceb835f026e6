package storetest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
)

const (
	// memory is a file system in memory, where there is one. Most of what a test of
	// the store waits for is the disk, and nothing of it has to last.
	memory = "/dev/shm"
	// roomy is how much must be free there, in bytes, for tests to use it.
	roomy = 4 << 30
	mark  = "postroom-test-"
)

// Dir makes a folder that is removed at the end of the test; in memory where there
// is room.
func Dir(t testing.TB) string {
	t.Helper()
	dir, err := makeDir()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// makeDir makes a folder that somebody removes.
func makeDir() (string, error) {
	return os.MkdirTemp(parent(), fmt.Sprintf("%s%d-", mark, os.Getpid()))
}

// parent is where the folders are: "" for the usual place. What test binaries left
// there that were killed is removed.
var parent = sync.OnceValue(func() string {
	var fs syscall.Statfs_t
	if err := syscall.Statfs(memory, &fs); err != nil || fs.Bavail*uint64(fs.Bsize) < roomy {
		return ""
	}
	left, _ := filepath.Glob(filepath.Join(memory, mark+"*"))
	for _, dir := range left {
		pid, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(dir), mark), "-")
		n, err := strconv.Atoi(pid)
		if err == nil && n > 0 && errors.Is(syscall.Kill(n, 0), syscall.ESRCH) {
			_ = os.RemoveAll(dir)
		}
	}
	return memory
})
