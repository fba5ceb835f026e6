package jmapserver_test

import (
	"testing"

	"postroom/internal/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }
