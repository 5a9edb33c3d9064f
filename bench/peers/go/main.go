// The vendor's Go producer on the record of ../../record.mjs. Arguments and output as ../../contestant.mjs:
// PORT LOGS SENDERS BATCH_BYTES BATCH_LOGS LANES WARM_UP.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	sls "github.com/aliyun/aliyun-log-go-sdk"
	"github.com/aliyun/aliyun-log-go-sdk/producer"
	"github.com/go-kit/kit/log"
)

const fixed = "abcdefghijklmnopqrstuvwxyz0123456789!@#$%^&*()_"

// outcomes counts what became of the logs; the producer calls it once for each.
type outcomes struct{ delivered, failed atomic.Int64 }

func (o *outcomes) Success(*producer.Result) { o.delivered.Add(1) }

func (o *outcomes) Fail(result *producer.Result) {
	if o.failed.Add(1) == 1 {
		fmt.Fprintln(os.Stderr, result.GetErrorCode(), result.GetErrorMessage())
	}
}

func (o *outcomes) wait(total int64) {
	for o.delivered.Load()+o.failed.Load() < total {
		time.Sleep(time.Millisecond)
	}
}

type settings struct{ port, logs, senders, batchBytes, batchLogs, lanes, warmUp int64 }

func readSettings(arguments []string) (settings, error) {
	if len(arguments) < 7 {
		return settings{}, errors.New("arguments: PORT LOGS SENDERS BATCH_BYTES BATCH_LOGS LANES WARM_UP")
	}
	var numbers [7]int64
	for i := range numbers {
		number, err := strconv.ParseInt(arguments[i], 10, 64)
		if err != nil {
			return settings{}, err
		}
		numbers[i] = number
	}
	n := numbers
	return settings{n[0], n[1], n[2], n[3], n[4], n[5], n[6]}, nil
}

func number(i int64) int64 { return (i * 7919) % 20_000_000 }

func recordOf(r int64) *sls.Log {
	end := fixed + strconv.FormatInt(r, 10)
	seconds := uint32(time.Now().Unix())
	contents := make([]*sls.LogContent, 0, 8)
	for digit := '1'; digit <= '8'; digit++ {
		key, value := "content_key_"+string(digit), string(digit)+end
		contents = append(contents, &sls.LogContent{Key: &key, Value: &value})
	}
	return &sls.Log{Time: &seconds, Contents: contents}
}

// bytesOf counts keys and values, as every contestant does.
func bytesOf(logs int64) (bytes int64) {
	for i := int64(0); i < logs; i++ {
		bytes += 8 * int64(len("content_key_1")+1+len(fixed)+len(strconv.FormatInt(number(i), 10)))
	}
	return bytes
}

func start(s settings) (*producer.Producer, error) {
	toSink := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", fmt.Sprintf("127.0.0.1:%d", s.port))
	}
	config := producer.GetDefaultProducerConfig()
	config.Endpoint = "http://sink.test"
	config.CredentialsProvider = sls.NewStaticCredentialsProvider("id", "secret", "")
	config.HTTPClient = &http.Client{Transport: &http.Transport{DialContext: toSink, MaxIdleConnsPerHost: 64}}
	config.MaxBatchSize = s.batchBytes
	config.MaxBatchCount = int(s.batchLogs)
	config.GeneratePackId = true
	config.DisableRuntimeMetrics = true
	config.Logger = log.NewNopLogger()
	if s.lanes > 0 {
		config.MaxIoWorkerCount = s.lanes
	}
	p, err := producer.NewProducer(config)
	if err == nil {
		p.Start()
	}
	return p, err
}

func send(p *producer.Producer, logs, senders int64, told *outcomes) {
	var all sync.WaitGroup
	for first := int64(0); first < senders; first++ {
		all.Add(1)
		go func() {
			defer all.Done()
			for i := first; i < logs; i += senders {
				r := number(i)
				topic, source := "topic-"+strconv.FormatInt(r%5, 10), "source-"+strconv.FormatInt(r%10, 10)
				if err := p.SendLogWithCallBack("bench-project", "bench-store", topic, source, recordOf(r), told); err != nil {
					panic(err)
				}
			}
		}()
	}
	all.Wait()
}

func cpuSeconds() float64 {
	var used syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &used)
	return time.Duration(used.Utime.Nano() + used.Stime.Nano()).Seconds()
}

func peakRssMiB() int {
	status, _ := os.ReadFile("/proc/self/status")
	found := regexp.MustCompile(`VmHWM:\s+(\d+)`).FindSubmatch(status)
	if found == nil {
		return 0
	}
	kib, _ := strconv.Atoi(string(found[1]))
	return kib / 1024
}

func run() error {
	s, err := readSettings(os.Args[1:])
	if err != nil {
		return err
	}
	p, err := start(s)
	if err != nil {
		return err
	}
	told := new(outcomes)
	send(p, s.warmUp, s.senders, told)
	told.wait(s.warmUp)
	cpu, began := cpuSeconds(), time.Now()
	send(p, s.logs, s.senders, told)
	told.wait(s.warmUp + s.logs)
	wall, used := time.Since(began).Seconds(), cpuSeconds()-cpu
	p.SafeClose()
	megabytes := float64(bytesOf(s.logs)) / 1e6
	return json.NewEncoder(os.Stdout).Encode(map[string]any{
		"peer": "Go 0.1.124", "logs": s.logs, "failed": told.failed.Load(), "bytes": bytesOf(s.logs),
		"wallSeconds": wall, "cpuSeconds": used, "mbPerCpuSecond": megabytes / used, "mbPerSecond": megabytes / wall,
		"peakRssMiB": peakRssMiB(),
	})
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
