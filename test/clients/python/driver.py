"""Calls of the official Python SDK, unchanged, against an emulator: python driver.py http://127.0.0.1:9310"""
import os
import sys

# Names of projects need not resolve: the emulator is the proxy, and finds the project in the URL that it is asked for.
os.environ["http_proxy"] = sys.argv[1]
os.environ.pop("no_proxy", None)
os.environ.pop("NO_PROXY", None)

import threading
import time
import traceback

from aliyun.log import (
    GetHistogramsRequest, GetLogsRequest, IndexConfig, IndexKeyConfig, IndexLineConfig, ListLogstoresRequest, LogClient,
    LogItem, PutLogsRequest, LogException,
)
from aliyun.log.consumer import ConsumerProcessorBase, ConsumerWorker, CursorPosition, LogHubConfig

ENDPOINT = "http://cn-hangzhou.log.aliyuncs.com"
KEY = ("id", "secret")
PROJECT = "python-driver-%d" % int(time.time())
STORE = "store"
client = LogClient(ENDPOINT, *KEY)
v4 = LogClient(ENDPOINT, *KEY, auth_version="4", region="cn-hangzhou")
calls = []


def call(function):
    calls.append(function)
    return function


def put(count, topic="topic", store=STORE, of=client, **more):
    items = [LogItem(int(time.time()), contents=[("n", str(i)), ("level", "info" if i % 2 else "error")]) for i in range(count)]
    return of.put_logs(PutLogsRequest(PROJECT, store, topic, "source", items, **more))


def shown(response):
    assert response is not None
    response.log_print() if hasattr(response, "log_print") else None
    return response


@call
def create_project():
    client.create_project(PROJECT, "made by the driver")


@call
def get_project():
    assert client.get_project(PROJECT).get_description() == "made by the driver"


@call
def list_project():
    assert PROJECT in str(client.list_project(offset=0, size=100).get_projects())


@call
def update_project():
    client.update_project(PROJECT, "changed") if hasattr(client, "update_project") else None


@call
def tag_project():
    client.tag_project(PROJECT, team="a")
    tags = list(client.get_project_tags(PROJECT))
    assert "team" in str([str(t.get_tags() if hasattr(t, "get_tags") else t) for t in tags]), tags
    client.untag_project(PROJECT, "team")


@call
def create_logstore():
    client.create_logstore(PROJECT, STORE, ttl=7, shard_count=2)


@call
def get_logstore():
    found = client.get_logstore(PROJECT, STORE)
    assert (found.get_ttl(), found.get_shard_count(), found.get_enable_tracking()) == (7, 2, False)
    found.log_print()


@call
def update_logstore():
    client.update_logstore(PROJECT, STORE, ttl=9, enable_tracking=True)
    assert client.get_logstore(PROJECT, STORE).get_ttl() == 9


@call
def list_logstores():
    assert client.list_logstores(ListLogstoresRequest(PROJECT)).get_logstores() == [STORE]


@call
def list_logstore():
    assert client.list_logstore(PROJECT).get_logstores() == [STORE]


@call
def create_index():
    config = IndexConfig(ttl=7, line_config=IndexLineConfig(token_list=[" "]),
                         key_config_list={"level": IndexKeyConfig([","], index_type="text")})
    client.create_index(PROJECT, STORE, config)


@call
def get_index_config():
    client.get_index_config(PROJECT, STORE).log_print()


@call
def update_index():
    client.update_index(PROJECT, STORE, client.get_index_config(PROJECT, STORE).get_index_config())


@call
def put_logs():
    put(10)


@call
def put_logs_v4():
    put(10, of=v4)


@call
def put_logs_uncompressed():
    put(10, compress=False)


@call
def put_logs_by_hash_key():
    put(10, hashKey="0f000000000000000000000000000000")


@call
def list_shards():
    assert len(client.list_shards(PROJECT, STORE).get_shards_info()) == 2


@call
def get_cursor_and_pull():
    total = 0
    for shard in (0, 1):
        begin = client.get_begin_cursor(PROJECT, STORE, shard).get_cursor()
        end = client.get_end_cursor(PROJECT, STORE, shard).get_cursor()
        while begin != end:
            pulled = client.pull_logs(PROJECT, STORE, shard, begin, 100)
            total += pulled.get_flatten_logs_json() and len(pulled.get_flatten_logs_json()) or 0
            if pulled.get_next_cursor() == begin:
                break
            begin = pulled.get_next_cursor()
    assert total == 40, total


@call
def pull_logs_uncompressed():
    begin = client.get_begin_cursor(PROJECT, STORE, 0).get_cursor()
    client.pull_logs(PROJECT, STORE, 0, begin, 10, compress=False)


@call
def pull_log_dump_and_iterator():
    list(client.pull_log(PROJECT, STORE, 0, int(time.time()) - 600, int(time.time()) + 600))


@call
def cursor_time():
    cursor = client.get_begin_cursor(PROJECT, STORE, 0).get_cursor()
    client.get_cursor_time(PROJECT, STORE, 0, cursor)
    client.get_previous_cursor_time(PROJECT, STORE, 0, cursor)
    client.get_cursor(PROJECT, STORE, 0, int(time.time()))


def span():
    now = int(time.time())
    return now - 600, now + 600


@call
def get_logs():
    start, end = span()
    found = client.get_logs(GetLogsRequest(PROJECT, STORE, start, end, "topic", "level: error", 100, 0, True))
    assert found.get_count() == 20 and found.is_completed(), found.get_count()


@call
def get_log():
    start, end = span()
    assert client.get_log(PROJECT, STORE, start, end, query="level: error", size=10).get_count() == 10


@call
def get_log_all():
    start, end = span()
    assert sum(page.get_count() for page in client.get_log_all(PROJECT, STORE, start, end)) == 40


@call
def get_log_sql():
    start, end = span()
    found = client.get_log(PROJECT, STORE, start, end, query="* | select level, count(*) as c group by level order by level")
    assert [(log.contents["level"], log.contents["c"]) for log in found.get_logs()] == [("error", "20"), ("info", "20")]


@call
def get_histograms():
    start, end = span()
    assert client.get_histograms(GetHistogramsRequest(PROJECT, STORE, start, end, "topic", "*")).get_total_count() == 40


@call
def get_context_logs():
    start, end = span()
    items = [LogItem(int(time.time()), contents=[("n", str(i))]) for i in range(20)]
    client.put_logs(PutLogsRequest(PROJECT, STORE, "context", "source", items, logtags=[("__pack_id__", "ABCDEF-0")]))
    found = client.get_log(PROJECT, STORE, start, end, topic="context", query="n: 9 | with_pack_meta")
    contents = found.get_logs()[0].contents
    around = client.get_context_logs(PROJECT, STORE, contents["__tag__:__pack_id__"], contents["__pack_meta__"], 3, 3)
    assert around.get_total_lines() == 7, around.get_total_lines()


@call
def split_and_merge_shard():
    client.split_shard(PROJECT, STORE, 0, "20000000000000000000000000000000")
    assert len(client.list_shards(PROJECT, STORE).get_shards_info()) == 4
    client.merge_shard(PROJECT, STORE, 2)


@call
def empty_lists():
    client.list_logtail_config(PROJECT)
    client.list_machine_group(PROJECT)
    client.list_dashboard(PROJECT)
    client.list_savedsearch(PROJECT)


@call
def consumer_group_calls():
    client.create_consumer_group(PROJECT, STORE, "calls", 30, True)
    client.update_consumer_group(PROJECT, STORE, "calls", 60, False)
    assert [g.get_consumer_group_name() for g in client.list_consumer_group(PROJECT, STORE).get_consumer_groups()] == ["calls"]
    assert client.heart_beat(PROJECT, STORE, "calls", "me", []).get_shards() != []
    client.update_check_point(PROJECT, STORE, "calls", 1, "MTIz", "me", True)
    assert "MTIz" in str(client.get_check_point(PROJECT, STORE, "calls").get_consumer_group_check_points())
    client.get_check_point_fixed(PROJECT, STORE, "calls", 1)
    client.delete_consumer_group(PROJECT, STORE, "calls")


seen = {}
seen_lock = threading.Lock()


class Processor(ConsumerProcessorBase):
    def process(self, log_groups, check_point_tracker):
        for group in log_groups.LogGroups:
            for log in group.Logs:
                key = (group.Topic, [c.Value for c in log.Contents if c.Key == "n"][0])
                with seen_lock:
                    seen.setdefault(key, []).append(self.shard_id)
        self.save_checkpoint(check_point_tracker)


def worker(name, store="consumed"):
    option = LogHubConfig(ENDPOINT, KEY[0], KEY[1], PROJECT, store, "workers", name, cursor_position=CursorPosition.BEGIN_CURSOR,
                          heartbeat_interval=2, data_fetch_interval=1)
    return ConsumerWorker(Processor, consumer_option=option)


@call
def two_workers_consume_everything_once_and_take_over():
    client.create_logstore(PROJECT, "consumed", shard_count=4)
    for i in range(40):
        put(5, topic="t%d" % i, store="consumed")
    first, second = worker("first"), worker("second")
    first.start(), second.start()
    wait_for(lambda: len(seen) == 200, "all are consumed")
    wait_for(lambda: shares(first) == shares(second) == 2, "shards are shared")
    twice = [key for key, shards in seen.items() if len(shards) > 1]
    first.shutdown(), first.join(timeout=20)
    for i in range(40, 60):
        put(5, topic="t%d" % i, store="consumed")
    wait_for(lambda: len(seen) == 300, "the second takes over", 60)
    second.shutdown()
    assert not twice, twice


def shares(of):
    return len(of.heart_beat.get_held_shards())


def wait_for(is_so, what, seconds=30):
    end = time.time() + seconds
    while not is_so():
        assert time.time() < end, what
        time.sleep(0.2)


@call
def refusals_have_their_codes():
    for code, function in {
        "LogStoreNotExist": lambda: client.get_logstore(PROJECT, "missing"),
        "ProjectNotExist": lambda: client.list_logstore("missing"),
        "LogStoreAlreadyExist": lambda: client.create_logstore(PROJECT, STORE),
    }.items():
        try:
            function()
        except LogException as error:
            assert error.get_error_code() == code, error.get_error_code()
        else:
            raise AssertionError(code)


@call
def delete_all():
    client.delete_index(PROJECT, STORE)
    client.delete_logstore(PROJECT, STORE)
    client.delete_logstore(PROJECT, "consumed")
    client.delete_project(PROJECT)


passed = 0
for function in calls:
    try:
        function()
        passed += 1
    except BaseException:
        print("FAILED %s" % function.__name__)
        traceback.print_exc(limit=4)
print("PASSED %d of %d" % (passed, len(calls)))
sys.stdout.flush()
os._exit(0 if passed == len(calls) else 1)
