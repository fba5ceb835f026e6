//go:build !race

package jmapserver_test

// raceDetector: everything takes ten times as much.
const raceDetector = false
