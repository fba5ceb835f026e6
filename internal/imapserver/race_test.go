//go:build race

package imapserver_test

// raceDetector: everything takes ten times as much.
const raceDetector = true
