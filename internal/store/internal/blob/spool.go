package blob

import (
	"errors"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// mapping is a file without a name, mapped into memory: its pages are the
// kernel's to write out and drop, not the heap's.
type mapping struct{ bytes []byte }

func (m mapping) close() { _ = unix.Munmap(m.bytes) }

// spool writes what r gives into such a file. r must give at least one byte.
func spool(dir string, r io.Reader) (mapping, error) {
	f, err := os.CreateTemp(dir, "spool-")
	if err != nil {
		return mapping{}, err
	}
	defer f.Close()
	if err := os.Remove(f.Name()); err != nil {
		return mapping{}, err
	}
	n, err := io.Copy(f, r)
	if err != nil {
		return mapping{}, err
	}
	if n == 0 || int64(int(n)) != n {
		return mapping{}, errors.New("blob: cannot map")
	}
	b, err := unix.Mmap(int(f.Fd()), 0, int(n), unix.PROT_READ, unix.MAP_SHARED)
	return mapping{b}, err
}
