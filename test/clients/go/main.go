// Calls of the official Go SDK, unchanged, against an emulator: HTTP_PROXY=http://127.0.0.1:9310 go run .
package main

import (
	"fmt"
	"os"
	"sync"
	"time"

	sls "github.com/aliyun/aliyun-log-go-sdk"
	consumer "github.com/aliyun/aliyun-log-go-sdk/consumer"
	"github.com/aliyun/aliyun-log-go-sdk/producer"
	"google.golang.org/protobuf/proto"
)

const (
	endpoint = "http://cn-hangzhou.log.aliyuncs.com"
	store    = "store"
)

var project = fmt.Sprintf("go-driver-%d", time.Now().Unix())
var client = sls.CreateNormalInterface(endpoint, "id", "secret", "")

func v4() sls.ClientInterface {
	of := sls.CreateNormalInterface(endpoint, "id", "secret", "")
	of.SetAuthVersion(sls.AuthV4)
	of.SetRegion("cn-hangzhou")
	return of
}

func group(count int, topic string) *sls.LogGroup {
	logs := []*sls.Log{}
	for i := 0; i < count; i++ {
		level := []string{"error", "info"}[i%2]
		logs = append(logs, &sls.Log{Time: proto.Uint32(uint32(time.Now().Unix())), Contents: []*sls.LogContent{
			{Key: proto.String("n"), Value: proto.String(fmt.Sprint(i))},
			{Key: proto.String("level"), Value: proto.String(level)},
		}})
	}
	return &sls.LogGroup{Topic: proto.String(topic), Source: proto.String("source"), Logs: logs}
}

func expect(is bool, what string, err error) error {
	if err != nil {
		return err
	}
	if !is {
		return fmt.Errorf("not so: %s", what)
	}
	return nil
}

func code(err error) string {
	if known, ok := err.(*sls.Error); ok {
		return known.Code
	}
	return fmt.Sprint(err)
}

type call struct {
	name string
	run  func() error
}

func span() (int64, int64) { return time.Now().Unix() - 600, time.Now().Unix() + 600 }

var calls = []call{
	{"CreateProject", func() error { _, err := client.CreateProject(project, "made by the driver"); return err }},
	{"GetProject", func() error {
		found, err := client.GetProject(project)
		return expect(err == nil && found.Description == "made by the driver", "description", err)
	}},
	{"CheckProjectExist", func() error { is, err := client.CheckProjectExist(project); return expect(is, "exists", err) }},
	{"ListProject", func() error { names, err := client.ListProject(); return expect(len(names) > 0, "some", err) }},
	{"ListProjectV2", func() error {
		found, _, total, err := client.ListProjectV2(0, 100)
		return expect(len(found) > 0 && total > 0, "some", err)
	}},
	{"UpdateProject", func() error { _, err := client.UpdateProject(project, "changed"); return err }},
	{"TagResources", func() error {
		return client.TagResources(project, sls.NewProjectTags(project, []sls.ResourceTag{{Key: "team", Value: "a"}}))
	}},
	{"ListTagResources", func() error {
		found, _, err := client.ListTagResources(project, "project", []string{project}, nil, "")
		return expect(len(found) == 1, "one tag", err)
	}},
	{"UnTagResources", func() error {
		return client.UnTagResources(project, sls.NewProjectUnTags(project, []string{"team"}))
	}},
	{"CreateLogStore", func() error { return client.CreateLogStore(project, store, 7, 2, true, 16) }},
	{"GetLogStore", func() error {
		found, err := client.GetLogStore(project, store)
		return expect(err == nil && found.TTL == 7 && found.ShardCount == 2 && found.AutoSplit, "settings", err)
	}},
	{"CheckLogstoreExist", func() error { is, err := client.CheckLogstoreExist(project, store); return expect(is, "exists", err) }},
	{"UpdateLogStore", func() error { return client.UpdateLogStore(project, store, 9, 2) }},
	{"UpdateLogStoreV2", func() error {
		found, err := client.GetLogStore(project, store)
		if err != nil {
			return err
		}
		found.WebTracking = true
		return client.UpdateLogStoreV2(project, found)
	}},
	{"ListLogStore", func() error { names, err := client.ListLogStore(project); return expect(len(names) == 1, "one", err) }},
	{"ListLogStoreV2", func() error {
		names, err := client.ListLogStoreV2(project, 0, 10, "None")
		return expect(len(names) == 1, "one", err)
	}},
	{"CreateIndex", func() error { return client.CreateIndex(project, store, *sls.CreateDefaultIndex()) }},
	{"GetIndex", func() error {
		found, err := client.GetIndex(project, store)
		return expect(err == nil && found.Line != nil, "line", err)
	}},
	{"UpdateIndex", func() error { return client.UpdateIndex(project, store, *sls.CreateDefaultIndex()) }},
	{"PutLogs", func() error { return client.PutLogs(project, store, group(10, "topic")) }},
	{"PutLogs v4", func() error { return v4().PutLogs(project, store, group(10, "topic")) }},
	{"PostLogStoreLogs", func() error { return client.PostLogStoreLogs(project, store, group(10, "topic"), nil) }},
	{"PostLogStoreLogs by key", func() error {
		key := "0f000000000000000000000000000000"
		return client.PostLogStoreLogs(project, store, group(10, "topic"), &key)
	}},
	{"PutLogsWithCompressType zstd", func() error {
		return client.PostLogStoreLogsV2(project, store, &sls.PostLogStoreLogsRequest{LogGroup: group(10, "topic"), CompressType: sls.Compress_ZSTD})
	}},
	{"ListShards", func() error {
		found, err := client.ListShards(project, store)
		return expect(len(found) == 2, "two", err)
	}},
	{"GetCursor and PullLogs", func() error {
		total := 0
		for shard := 0; shard < 2; shard++ {
			cursor, err := client.GetCursor(project, store, shard, "begin")
			if err != nil {
				return err
			}
			end, err := client.GetCursor(project, store, shard, "end")
			if err != nil {
				return err
			}
			for cursor != end {
				list, next, err := client.PullLogs(project, store, shard, cursor, end, 100)
				if err != nil {
					return err
				}
				for _, found := range list.LogGroups {
					total += len(found.Logs)
				}
				cursor = next
			}
		}
		return expect(total == 50, fmt.Sprint(total, " of 50"), nil)
	}},
	{"PullLogs zstd", func() error {
		cursor, err := client.GetCursor(project, store, 0, "begin")
		if err != nil {
			return err
		}
		list, _, err := client.PullLogsWithQuery(&sls.PullLogRequest{Project: project, Logstore: store, ShardID: 0, Cursor: cursor,
			LogGroupMaxCount: 10, CompressType: sls.Compress_ZSTD})
		return expect(err == nil && len(list.LogGroups) > 0, "some", err)
	}},
	{"GetCursorTime", func() error {
		cursor, err := client.GetCursor(project, store, 0, "begin")
		if err != nil {
			return err
		}
		_, err = client.GetCursorTime(project, store, 0, cursor)
		return err
	}},
	{"GetLogs", func() error {
		from, to := span()
		found, err := client.GetLogs(project, store, "topic", from, to, "level: error", 100, 0, true)
		return expect(err == nil && found.Count == 25 && found.IsComplete(), "25", err)
	}},
	{"GetLogsV2", func() error {
		from, to := span()
		found, err := client.GetLogsV2(project, store, &sls.GetLogRequest{From: from, To: to, Query: "level: info", Lines: 10})
		return expect(err == nil && found.Count == 10, "10", err)
	}},
	{"GetLogsV3", func() error {
		from, to := span()
		found, err := client.GetLogsV3(project, store, &sls.GetLogRequest{From: from, To: to, Query: "level: info", Lines: 10})
		return expect(err == nil && len(found.Logs) == 10, "10", err)
	}},
	{"GetLogLines", func() error {
		from, to := span()
		found, err := client.GetLogLines(project, store, "", from, to, "*", 10, 0, false)
		return expect(err == nil && len(found.Lines) == 10, "10", err)
	}},
	{"GetLogs with SQL", func() error {
		from, to := span()
		found, err := client.GetLogs(project, store, "", from, to, "* | select count(*) as c", 100, 0, true)
		return expect(err == nil && len(found.Logs) == 1 && found.Logs[0]["c"] == "50", "50", err)
	}},
	{"GetHistograms", func() error {
		from, to := span()
		found, err := client.GetHistograms(project, store, "", from, to, "*")
		return expect(err == nil && found.Count == 50, "50", err)
	}},
	{"SplitShard, MergeShards", func() error {
		if _, err := client.SplitShard(project, store, 0, "20000000000000000000000000000000"); err != nil {
			return err
		}
		_, err := client.MergeShards(project, store, 2)
		return err
	}},
	{"empty lists", func() error {
		if _, _, err := client.ListMachineGroup(project, 0, 10); err != nil {
			return err
		}
		if _, _, err := client.ListConfig(project, 0, 10); err != nil {
			return err
		}
		_, _, _, err := client.ListDashboard(project, "", 0, 10)
		return err
	}},
	{"consumer groups", func() error {
		group := sls.ConsumerGroup{ConsumerGroupName: "calls", Timeout: 30, InOrder: true}
		if err := client.CreateConsumerGroup(project, store, group); err != nil {
			return err
		}
		again := client.CreateConsumerGroup(project, store, group)
		if code(again) != "ConsumerGroupAlreadyExist" {
			return again
		}
		if err := client.UpdateConsumerGroup(project, store, group); err != nil {
			return err
		}
		shards, err := client.HeartBeat(project, store, "calls", "me", []int{})
		if err = expect(len(shards) > 0, "shards", err); err != nil {
			return err
		}
		if err := client.UpdateCheckpoint(project, store, "calls", "me", shards[0], "MTIz", true); err != nil {
			return err
		}
		if _, err := client.GetCheckpoint(project, store, "calls"); err != nil {
			return err
		}
		return client.DeleteConsumerGroup(project, store, "calls")
	}},
	{"two workers consume everything once, and one takes over", consume},
	{"the producer", produce},
	{"refusals", func() error {
		_, err := client.GetLogStore(project, "missing")
		return expect(code(err) == "LogStoreNotExist", code(err), nil)
	}},
	{"DeleteIndex", func() error { return client.DeleteIndex(project, store) }},
	{"DeleteLogStore", func() error { return client.DeleteLogStore(project, store) }},
	{"DeleteProject", func() error { return client.DeleteProject(project) }},
}

func produce() error {
	config := producer.GetDefaultProducerConfig()
	config.Endpoint = endpoint
	config.CredentialsProvider = sls.NewStaticCredentialsProvider("id", "secret", "")
	config.AllowLogLevel = "error"
	made, err := producer.NewProducer(config)
	if err != nil {
		return err
	}
	made.Start()
	for i := 0; i < 100; i++ {
		log := producer.GenerateLog(uint32(time.Now().Unix()), map[string]string{"n": fmt.Sprint(i)})
		if err := made.SendLog(project, store, "produced", "source", log); err != nil {
			return err
		}
	}
	made.SafeClose()
	from, to := span()
	found, err := client.GetHistograms(project, store, "produced", from, to, "*")
	return expect(err == nil && found.Count == 100, "100", err)
}

func consume() error {
	const name = "consumed"
	if err := client.CreateLogStore(project, name, 7, 4, false, 0); err != nil {
		return err
	}
	var lock sync.Mutex
	seen := map[string]int{}
	counted := func() (int, int) {
		lock.Lock()
		defer lock.Unlock()
		twice := 0
		for _, times := range seen {
			if times > 1 {
				twice++
			}
		}
		return len(seen), twice
	}
	worker := func(consumerName string) *consumer.ConsumerWorker {
		config := consumer.LogHubConfig{Endpoint: endpoint, AccessKeyID: "id", AccessKeySecret: "secret", Project: project,
			Logstore: name, ConsumerGroupName: "workers", ConsumerName: consumerName, CursorPosition: consumer.BEGIN_CURSOR,
			HeartbeatIntervalInSecond: 2, AllowLogLevel: "error"}
		return consumer.InitConsumerWorkerWithCheckpointTracker(config, func(shard int, list *sls.LogGroupList, tracker consumer.CheckPointTracker) (string, error) {
			lock.Lock()
			for _, found := range list.LogGroups {
				for _, log := range found.Logs {
					seen[found.GetTopic()+"/"+log.Contents[0].GetValue()]++
				}
			}
			lock.Unlock()
			return "", tracker.SaveCheckPoint(true)
		})
	}
	put := func(from, to int) error {
		for i := from; i < to; i++ {
			if err := client.PutLogs(project, name, group(5, fmt.Sprint("t", i))); err != nil {
				return err
			}
		}
		return nil
	}
	until := func(count int) error {
		for end := time.Now().Add(40 * time.Second); time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
			if all, _ := counted(); all >= count {
				return nil
			}
		}
		all, _ := counted()
		return fmt.Errorf("%d of %d were consumed", all, count)
	}
	if err := put(0, 40); err != nil {
		return err
	}
	first, second := worker("first"), worker("second")
	first.Start()
	second.Start()
	if err := until(200); err != nil {
		return err
	}
	if _, twice := counted(); twice > 0 {
		return fmt.Errorf("%d were consumed twice", twice)
	}
	first.StopAndWait()
	if err := put(40, 60); err != nil {
		return err
	}
	err := until(300)
	second.StopAndWait()
	return err
}

func main() {
	passed := 0
	for _, each := range calls {
		if err := each.run(); err != nil {
			fmt.Printf("FAILED %s: %v\n", each.name, err)
		} else {
			passed++
		}
	}
	fmt.Printf("PASSED %d of %d\n", passed, len(calls))
	if passed < len(calls) {
		os.Exit(1)
	}
}
