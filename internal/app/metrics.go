package app

import (
	"net"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// metrics of the server, in a registry of its own.
type metrics struct {
	registry *prometheus.Registry
	accepted *prometheus.CounterVec
	open     *prometheus.GaugeVec
}

func newMetrics(version string) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		accepted: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "postroom_connections_total",
			Help: "Connections accepted."}, []string{"service"}),
		open: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "postroom_connections_open",
			Help: "Connections that are open."}, []string{"service"}),
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{Name: "postroom_build_info", Help: "Always 1.",
		ConstLabels: prometheus.Labels{"version": version}})
	build.Set(1)
	m.registry.MustRegister(m.accepted, m.open, build, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// count has the connections of a listener counted.
func (m *metrics) count(name string, l net.Listener) net.Listener {
	return &countedListener{Listener: l, accepted: m.accepted.WithLabelValues(name), open: m.open.WithLabelValues(name)}
}

type countedListener struct {
	net.Listener
	accepted prometheus.Counter
	open     prometheus.Gauge
}

// Accept counts.
func (l *countedListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	l.accepted.Inc()
	l.open.Inc()
	return &countedConn{Conn: c, open: l.open}, nil
}

type countedConn struct {
	net.Conn
	open prometheus.Gauge
	once sync.Once
}

// Close counts once.
func (c *countedConn) Close() error {
	c.once.Do(c.open.Dec)
	return c.Conn.Close()
}
