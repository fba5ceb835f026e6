// Package system opens the sessions of the server's own services. Each can do
// one thing: delivery may insert and not read, the queue may read what it
// carries, the console may administer. Who may import this package is a
// written list, checked by internal/archtest.
package system
