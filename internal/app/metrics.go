package app

import (
	"context"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"postroom/internal/smtpclient"
	"postroom/internal/smtpserver"
	"postroom/internal/store"
)

// metrics of the server, in a registry of its own.
type metrics struct {
	registry *prometheus.Registry
	accepted *prometheus.CounterVec
	open     *prometheus.GaugeVec

	recipients *prometheus.CounterVec
	attempts   *prometheus.CounterVec
	signIns    *prometheus.CounterVec
	writes     prometheus.Histogram
	commits    prometheus.Histogram
}

func newMetrics(version string) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		accepted: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "postroom_connections_total",
			Help: "Connections accepted."}, []string{"service"}),
		open: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "postroom_connections_open",
			Help: "Connections that are open."}, []string{"service"}),
	}
	m.recipients = prometheus.NewCounterVec(prometheus.CounterOpts{Name: "postroom_recipients_total",
		Help: "Recipients of messages that came in or were submitted, by what was answered."}, []string{"service", "answer"})
	m.attempts = prometheus.NewCounterVec(prometheus.CounterOpts{Name: "postroom_queue_attempts_total",
		Help: "Attempts of the queue at a recipient, by how they ended."}, []string{"result"})
	m.signIns = prometheus.NewCounterVec(prometheus.CounterOpts{Name: "postroom_sign_ins_total",
		Help: "Sign-ins, by protocol and result."}, []string{"protocol", "result"})
	m.writes = prometheus.NewHistogram(prometheus.HistogramOpts{Name: "postroom_commit_writes",
		Help: "Writes that one commit of the database held.", Buckets: prometheus.ExponentialBuckets(1, 2, 10)})
	m.commits = prometheus.NewHistogram(prometheus.HistogramOpts{Name: "postroom_commit_seconds",
		Help: "How long a commit took, its writes included.", Buckets: prometheus.ExponentialBuckets(0.0005, 2, 14)})
	m.registry.MustRegister(m.recipients, m.attempts, m.signIns, m.writes, m.commits)
	build := prometheus.NewGauge(prometheus.GaugeOpts{Name: "postroom_build_info", Help: "Always 1.",
		ConstLabels: prometheus.Labels{"version": version}})
	build.Set(1)
	m.registry.MustRegister(m.accepted, m.open, build, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// store is what the store tells.
func (m *metrics) store() store.Metrics {
	return store.Metrics{
		SignIn: func(protocol string, r store.SignInResult) { m.signIns.WithLabelValues(protocol, string(r)).Inc() },
		Committed: func(writes int, took time.Duration) {
			m.writes.Observe(float64(writes))
			m.commits.Observe(took.Seconds())
		},
	}
}

// answered is what the SMTP server of a service tells.
func (m *metrics) answered(service string) func(smtpserver.Answer) {
	return func(a smtpserver.Answer) { m.recipients.WithLabelValues(service, string(a)).Inc() }
}

// attempted is what the queue tells.
func (m *metrics) attempted(s smtpclient.Status) { m.attempts.WithLabelValues(s.String()).Inc() }

// figuresTime bounds the reading of the figures for one scrape.
const figuresTime = 5 * time.Second

// figures reads the numbers of the store when they are asked for.
type figures struct {
	read func(context.Context) (store.Figures, error)
	log  *slog.Logger

	queued, oldest, accounts, mail *prometheus.Desc
}

func newFigures(d *store.Directory, log *slog.Logger) *figures {
	desc := func(name, help string) *prometheus.Desc { return prometheus.NewDesc(name, help, nil, nil) }
	return &figures{read: d.Figures, log: log,
		queued:   desc("postroom_queue_messages", "Messages in the queue."),
		oldest:   desc("postroom_queue_oldest_seconds", "Age of the oldest message in the queue; 0 without any."),
		accounts: desc("postroom_accounts", "Accounts."),
		mail:     desc("postroom_mail_bytes", "Bytes of mail in mailboxes, as counted for quotas."),
	}
}

// Describe implements prometheus.Collector.
func (f *figures) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{f.queued, f.oldest, f.accounts, f.mail} {
		to <- d
	}
}

// Collect implements prometheus.Collector. What cannot be read is left out.
func (f *figures) Collect(to chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), figuresTime)
	defer cancel()
	now, err := f.read(ctx)
	if err != nil {
		f.log.Warn("metrics: figures", "error", err)
		return
	}
	gauge := func(d *prometheus.Desc, value float64) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value)
	}
	age := 0.0
	if !now.Oldest.IsZero() {
		age = max(0, time.Since(now.Oldest).Seconds())
	}
	gauge(f.queued, float64(now.Queued))
	gauge(f.oldest, age)
	gauge(f.accounts, float64(now.Accounts))
	gauge(f.mail, float64(now.MailBytes))
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
