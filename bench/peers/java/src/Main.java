import com.aliyun.openservices.aliyun.log.producer.LogProducer;
import com.aliyun.openservices.aliyun.log.producer.ProducerConfig;
import com.aliyun.openservices.aliyun.log.producer.ProjectConfig;
import com.aliyun.openservices.aliyun.log.producer.Result;
import com.aliyun.openservices.log.common.LogItem;
import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * The vendor's Java producer on the record of ../../../record.mjs. Arguments and output as ../../../contestant.mjs:
 * PORT LOGS SENDERS BATCH_BYTES BATCH_LOGS LANES WARM_UP.
 */
public final class Main {
  private static final String FIXED = "abcdefghijklmnopqrstuvwxyz0123456789!@#$%^&*()_";

  private final LongAdder delivered = new LongAdder();
  private final LongAdder failed = new LongAdder();
  private final LogProducer producer;
  private final int senders;

  private Main(LogProducer producer, int senders) {
    this.producer = producer;
    this.senders = senders;
  }

  public static void main(String[] arguments) throws Exception {
    int[] n = new int[7];
    for (int i = 0; i < n.length; i++) n[i] = Integer.parseInt(arguments[i]);
    int logs = n[1];
    int warmUp = n[6];
    Main run = new Main(start(n[0], n[3], n[4], n[5]), n[2]);
    run.sendAll(warmUp, warmUp);
    long cpuBefore = cpuNanos();
    long began = System.nanoTime();
    run.sendAll(logs, warmUp + logs);
    double wall = (System.nanoTime() - began) / 1e9;
    double cpu = (cpuNanos() - cpuBefore) / 1e9;
    run.producer.close();
    run.report(logs, wall, cpu);
    System.exit(run.failed.sum() == 0 ? 0 : 1);
  }

  private static LogProducer start(int port, int batchBytes, int batchLogs, int lanes) throws Exception {
    ProducerConfig config = new ProducerConfig();
    config.setBatchSizeThresholdInBytes(batchBytes);
    config.setBatchCountThreshold(batchLogs);
    if (lanes > 0) config.setIoThreadCount(lanes);
    ProjectConfig project = new ProjectConfig("bench-project", "http://sink.test", "id", "secret");
    project.setProxyIp("127.0.0.1:" + port);
    LogProducer producer = new LogProducer(config);
    producer.putProjectConfig(project);
    return producer;
  }

  /** Returns when {@code total} logs since the start have their outcome. */
  private void sendAll(int logs, long total) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(senders);
    for (int first = 0; first < senders; first++) {
      int from = first;
      threads.submit(() -> sendEach(from, logs));
    }
    threads.shutdown();
    threads.awaitTermination(1, TimeUnit.HOURS);
    while (delivered.sum() + failed.sum() < total) Thread.sleep(1);
  }

  private Void sendEach(int first, int logs) throws Exception {
    for (long i = first; i < logs; i += senders) {
      long r = number(i);
      producer.send("bench-project", "bench-store", "topic-" + r % 5, "source-" + r % 10, item(r), this::count);
    }
    return null;
  }

  private void count(Result result) {
    if (result.isSuccessful()) delivered.increment();
    else {
      if (failed.sum() == 0) System.err.println(result);
      failed.increment();
    }
  }

  private static long number(long i) {
    return i * 7919 % 20_000_000;
  }

  private static LogItem item(long r) {
    LogItem item = new LogItem((int) (System.currentTimeMillis() / 1000));
    for (int digit = 1; digit <= 8; digit++) item.PushBack("content_key_" + digit, digit + FIXED + r);
    return item;
  }

  private void report(int logs, double wall, double cpu) throws Exception {
    long bytes = 0;
    for (long i = 0; i < logs; i++) bytes += 8L * (14 + FIXED.length() + Long.toString(number(i)).length());
    System.out.printf(
        Locale.ROOT,
        "{\"peer\":\"Java 0.3.24\",\"logs\":%d,\"failed\":%d,\"bytes\":%d,\"wallSeconds\":%.3f,\"cpuSeconds\":%.3f,"
            + "\"mbPerCpuSecond\":%.2f,\"mbPerSecond\":%.2f,\"peakRssMiB\":%d}%n",
        logs, failed.sum(), bytes, wall, cpu, bytes / 1e6 / cpu, bytes / 1e6 / wall, peakRssMiB());
  }

  private static long cpuNanos() {
    return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime();
  }

  private static long peakRssMiB() throws Exception {
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith("VmHWM:")) return Long.parseLong(line.replaceAll("\\D", "")) / 1024;
    }
    return 0;
  }
}
