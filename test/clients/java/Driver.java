import com.aliyun.openservices.log.Client;
import com.aliyun.openservices.log.common.*;
import com.aliyun.openservices.log.exception.LogException;
import com.aliyun.openservices.log.http.client.ClientConfiguration;
import com.aliyun.openservices.log.http.signer.SignVersion;
import com.aliyun.openservices.log.request.*;
import com.aliyun.openservices.log.response.*;
import com.aliyun.openservices.loghub.client.ClientWorker;
import com.aliyun.openservices.loghub.client.ILogHubCheckPointTracker;
import com.aliyun.openservices.loghub.client.config.LogHubConfig;
import com.aliyun.openservices.loghub.client.interfaces.ILogHubProcessor;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.*;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;

/** Calls of the official Java SDK, unchanged, against an emulator: java Driver http://127.0.0.1:9310 */
public class Driver {
  static final String ENDPOINT = "http://cn-hangzhou.log.aliyuncs.com";
  static final String STORE = "store";
  static final String PROJECT = "java-driver-" + System.currentTimeMillis() / 1000;
  static int passed = 0;
  static int all = 0;

  interface Call {
    void run() throws Exception;
  }

  static void call(String name, Call call) {
    all++;
    try {
      call.run();
      passed++;
    } catch (Throwable error) {
      System.out.println("FAILED " + name + ": " + error);
      StackTraceElement[] stack = error.getStackTrace();
      for (int i = 0; i < Math.min(4, stack.length); i++) System.out.println("    " + stack[i]);
    }
  }

  static void expect(Object expected, Object found) {
    if (!String.valueOf(expected).equals(String.valueOf(found))) throw new AssertionError("expected " + expected + ", found " + found);
  }

  static Client client(URI emulator, SignVersion version) {
    ClientConfiguration configuration = new ClientConfiguration();
    configuration.setProxyHost(emulator.getHost());
    configuration.setProxyPort(emulator.getPort());
    configuration.setSignatureVersion(version);
    configuration.setRegion("cn-hangzhou");
    return new Client(ENDPOINT, "id", "secret", configuration);
  }

  static List<LogItem> items(int count) {
    List<LogItem> items = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      LogItem item = new LogItem(now());
      item.PushBack("n", String.valueOf(i));
      item.PushBack("level", i % 2 == 0 ? "error" : "info");
      items.add(item);
    }
    return items;
  }

  static int now() {
    return (int) (System.currentTimeMillis() / 1000);
  }

  static PutLogsRequest put(Consts.CompressType type) {
    PutLogsRequest request = new PutLogsRequest(PROJECT, STORE, "topic", "source", items(10));
    request.setCompressType(type);
    return request;
  }

  /** Every log that the workers were given, and how often; and the shards that each worker has. */
  static final Map<String, Integer> consumed = new ConcurrentHashMap<>();
  static final Map<String, Set<Integer>> held = new ConcurrentHashMap<>();

  static class Processor implements ILogHubProcessor {
    final String worker;
    int shard;

    Processor(String worker) {
      this.worker = worker;
    }

    public void initialize(int shard) {
      this.shard = shard;
      held.computeIfAbsent(worker, name -> ConcurrentHashMap.newKeySet()).add(shard);
    }

    public String process(List<LogGroupData> groups, ILogHubCheckPointTracker tracker) {
      for (LogGroupData group : groups) {
        FastLogGroup logs = group.GetFastLogGroup();
        for (int i = 0; i < logs.getLogsCount(); i++) consumed.merge(logs.getTopic() + logs.getLogs(i).getContents(0).getValue(), 1, Integer::sum);
      }
      try {
        tracker.saveCheckPoint(true);
      } catch (Exception error) {
        return tracker.getCheckPoint();
      }
      return null;
    }

    public void shutdown(ILogHubCheckPointTracker tracker) {
      held.get(worker).remove(shard);
      try {
        tracker.saveCheckPoint(true);
      } catch (Exception ignored) {
      }
    }
  }

  /** It knows no proxy and no port: the name of the project leads to the emulator, at port 80. */
  static ClientWorker worker(String name) throws Exception {
    LogHubConfig config = new LogHubConfig("workers", name, "http://sls.test", PROJECT, "consumed", "id", "secret", LogHubConfig.ConsumePosition.BEGIN_CURSOR);
    config.setHeartBeatIntervalMillis(2000);
    config.setTimeoutInSeconds(10);
    return new ClientWorker(() -> new Processor(name), config);
  }

  static void putForWorkers(Client client, int from, int to) throws LogException {
    for (int i = from; i < to; i++) client.PutLogs(new PutLogsRequest(PROJECT, "consumed", "t" + i + "-", "source", items(5)));
  }

  static void waitFor(String what, BooleanSupplier holds) throws InterruptedException {
    for (long end = System.currentTimeMillis() + 60_000; !holds.getAsBoolean(); Thread.sleep(200)) {
      if (System.currentTimeMillis() > end) throw new AssertionError(what + "; consumed " + consumed.size() + ", held " + held);
    }
  }

  static int shares(String worker) {
    return held.getOrDefault(worker, Set.of()).size();
  }

  public static void main(String[] arguments) throws Exception {
    URI emulator = new URI(arguments[0]);
    Path hosts = Files.createTempFile("hosts", null);
    hosts.toFile().deleteOnExit();
    Files.writeString(hosts, "127.0.0.1 " + PROJECT + ".sls.test sls.test localhost\n");
    System.setProperty("jdk.net.hosts.file", hosts.toString());
    Client client = client(emulator, SignVersion.V1);
    Client v4 = client(emulator, SignVersion.V4);

    call("CreateProject", () -> client.CreateProject(PROJECT, "made by the driver"));
    call("GetProject", () -> expect("made by the driver", client.GetProject(PROJECT).GetProjectDescription()));
    call("ListProject", () -> expect(true, client.ListProject().getTotal() > 0));
    call("updateProject", () -> client.updateProject(new UpdateProjectRequest(PROJECT, "changed")));
    call("CreateLogStore", () -> client.CreateLogStore(PROJECT, new LogStore(STORE, 7, 2, false)));
    call("GetLogStore", () -> {
      LogStore found = client.GetLogStore(PROJECT, STORE).GetLogStore();
      expect("7 2", found.GetTtl() + " " + found.GetShardCount());
    });
    call("UpdateLogStore", () -> client.UpdateLogStore(PROJECT, new LogStore(STORE, 9, 2, true)));
    call("ListLogStores", () -> expect("[store]", client.ListLogStores(PROJECT, 0, 10).GetLogStores()));
    String index = "{\"line\":{\"token\":[\" \"],\"caseSensitive\":false},\"keys\":{}}";
    call("CreateIndex", () -> client.CreateIndex(PROJECT, STORE, index));
    call("GetIndex", () -> client.GetIndex(PROJECT, STORE).GetIndex());
    call("PutLogs lz4", () -> client.PutLogs(put(Consts.CompressType.LZ4)));
    call("PutLogs deflate", () -> client.PutLogs(put(Consts.CompressType.GZIP)));
    call("PutLogs zstd", () -> client.PutLogs(put(Consts.CompressType.ZSTD)));
    call("PutLogs plain", () -> client.PutLogs(put(Consts.CompressType.NONE)));
    call("PutLogs v4", () -> v4.PutLogs(put(Consts.CompressType.LZ4)));
    call("batchPutLogs", () -> {
      List<LogGroup> groups = new ArrayList<>();
      for (int i = 0; i < 3; i++) groups.add(new LogGroup(items(10), new ArrayList<>(), "batch", "source"));
      for (Consts.CompressType type : new Consts.CompressType[] {Consts.CompressType.LZ4, Consts.CompressType.ZSTD}) {
        BatchPutLogsRequest request = new BatchPutLogsRequest(PROJECT, STORE, groups, "0f000000000000000000000000000000");
        request.setCompressType(type);
        client.batchPutLogs(request);
      }
    });
    call("ListShard", () -> expect(2, client.ListShard(PROJECT, STORE).GetShards().size()));
    call("GetCursor, BatchGetLog, pullLogs", () -> {
      int total = 0;
      for (int shard = 0; shard < 2; shard++) {
        String cursor = client.GetCursor(PROJECT, STORE, shard, Consts.CursorMode.BEGIN).GetCursor();
        String end = client.GetCursor(PROJECT, STORE, shard, Consts.CursorMode.END).GetCursor();
        client.BatchGetLog(PROJECT, STORE, shard, 10, cursor);
        while (!cursor.equals(end)) {
          PullLogsResponse found = client.pullLogs(new PullLogsRequest(PROJECT, STORE, shard, 100, cursor));
          for (LogGroupData group : found.getLogGroups()) total += group.GetFastLogGroup().getLogsCount();
          cursor = found.getNextCursor();
        }
      }
      expect(110, total);
    });
    call("GetLogs", () -> {
      GetLogsResponse found = client.GetLogs(PROJECT, STORE, now() - 600, now() + 600, "topic", "level: error");
      expect("25 true", found.GetCount() + " " + found.IsCompleted());
    });
    call("GetLogs v4", () -> expect(25, v4.GetLogs(PROJECT, STORE, now() - 600, now() + 600, "topic", "level: err* and (n: *)").GetCount()));
    call("GetLogs with SQL", () -> {
      GetLogsResponse found = client.GetLogs(PROJECT, STORE, now() - 600, now() + 600, "", "* | select count(*) as c");
      expect("110", found.GetLogs().get(0).GetLogItem().GetLogContents().get(0).GetValue());
    });
    call("GetHistograms", () -> expect(50, client.GetHistograms(PROJECT, STORE, now() - 600, now() + 600, "topic", "*").GetTotalCount()));
    call("SplitShard, MergeShards", () -> {
      client.SplitShard(PROJECT, STORE, 0, "20000000000000000000000000000000");
      client.MergeShards(PROJECT, STORE, 2);
    });
    call("consumer groups", () -> {
      client.CreateConsumerGroup(PROJECT, STORE, new ConsumerGroup("calls", 30, true));
      client.UpdateConsumerGroup(PROJECT, STORE, "calls", false, 60);
      expect(1, client.ListConsumerGroup(PROJECT, STORE).GetConsumerGroups().size());
      List<Integer> shards = client.HeartBeat(PROJECT, STORE, "calls", "me", new ArrayList<>()).getShards();
      client.UpdateCheckPoint(PROJECT, STORE, "calls", "me", shards.get(0), "MTIz");
      expect("MTIz", client.GetCheckPoint(PROJECT, STORE, "calls", shards.get(0)).getCheckPoints().get(0).getCheckPoint());
      client.DeleteConsumerGroup(PROJECT, STORE, "calls");
    });
    if (emulator.getPort() != 80) System.out.println("SKIPPED ClientWorker: port 80 may not be opened here");
    else call("ClientWorker: two consume everything once, share the shards, and one takes over", () -> {
      client.CreateLogStore(PROJECT, new LogStore("consumed", 7, 4, false));
      putForWorkers(client, 0, 40);
      ClientWorker first = worker("first");
      ClientWorker second = worker("second");
      Thread firstThread = new Thread(first);
      firstThread.start();
      new Thread(second).start();
      waitFor("all are consumed", () -> consumed.size() == 200);
      waitFor("shards are shared", () -> shares("first") == 2 && shares("second") == 2);
      long twice = consumed.values().stream().filter(times -> times > 1).count();
      first.shutdown();
      firstThread.join(20_000);
      putForWorkers(client, 40, 60);
      waitFor("the second takes over", () -> consumed.size() == 300 && shares("second") == 4);
      second.shutdown();
      expect(0, twice);
      client.DeleteLogStore(PROJECT, "consumed");
    });
    call("refusals", () -> {
      try {
        client.GetLogStore(PROJECT, "missing");
        throw new AssertionError("no refusal");
      } catch (LogException error) {
        expect("LogStoreNotExist", error.GetErrorCode());
      }
    });
    call("DeleteIndex", () -> client.DeleteIndex(PROJECT, STORE));
    call("DeleteLogStore", () -> client.DeleteLogStore(PROJECT, STORE));
    call("DeleteProject", () -> client.DeleteProject(PROJECT));
    System.out.println("PASSED " + passed + " of " + all);
    System.exit(passed == all ? 0 : 1);
  }
}
