//! The vendor's Rust producer on the record of ../../record.mjs. Arguments and output as ../../contestant.mjs:
//! PORT LOGS SENDERS BATCH_BYTES BATCH_LOGS LANES WARM_UP.
//!
//! It always puts the project before the endpoint's name, so it reaches the sink as its HTTP proxy.
use std::fs::read_to_string;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::Arc;
use std::thread::{scope, sleep};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use aliyun_log_producer::{Compression, Log, LogstoreWriter, Producer, ProducerConfig, SendOptions};

const FIXED: &str = "abcdefghijklmnopqrstuvwxyz0123456789!@#$%^&*()_";

#[derive(Default)]
struct Outcomes {
    delivered: AtomicU64,
    failed: AtomicU64,
}

impl Outcomes {
    fn wait(&self, total: u64) {
        while self.delivered.load(Relaxed) + self.failed.load(Relaxed) < total {
            sleep(Duration::from_millis(1));
        }
    }
}

fn number(i: u64) -> u64 {
    i * 7919 % 20_000_000
}

fn record(r: u64) -> Log {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock after 1970");
    let mut log = Log::from_unixtime(now.as_secs() as u32);
    for digit in 1..=8 {
        log.add_content_kv(format!("content_key_{digit}"), format!("{digit}{FIXED}{r}"));
    }
    log
}

fn record_bytes(r: u64) -> u64 {
    8 * (14 + FIXED.len() + r.to_string().len()) as u64
}

/// It refuses at once where there is no room, and gives the log back: the sender waits by itself.
fn send_one(writer: &LogstoreWriter, r: u64, told: &Arc<Outcomes>) {
    let options = SendOptions::default()
        .with_topic(format!("topic-{}", r % 5))
        .with_source(format!("source-{}", r % 10));
    let mut log = record(r);
    loop {
        let told = told.clone();
        let sent = writer.send_with_options_and_callback(log, options.clone(), move |result| match result {
            Ok(()) => {
                told.delivered.fetch_add(1, Relaxed);
            }
            Err(error) => {
                if told.failed.fetch_add(1, Relaxed) == 0 {
                    eprintln!("{error:?}");
                }
            }
        });
        match sent {
            Ok(()) => return,
            Err(refused) => log = refused.into_log().expect("a refusal gives the log back"),
        }
        sleep(Duration::from_micros(200));
    }
}

fn send_all(writer: &LogstoreWriter, logs: u64, senders: u64, told: &Arc<Outcomes>) {
    scope(|threads| {
        for first in 0..senders {
            threads.spawn(move || {
                for i in (first..logs).step_by(senders as usize) {
                    send_one(writer, number(i), told);
                }
            });
        }
    });
}

fn cpu_seconds() -> f64 {
    let mut used = unsafe { std::mem::zeroed::<libc::rusage>() };
    unsafe { libc::getrusage(libc::RUSAGE_SELF, &mut used) };
    let seconds = |time: libc::timeval| time.tv_sec as f64 + time.tv_usec as f64 / 1e6;
    seconds(used.ru_utime) + seconds(used.ru_stime)
}

fn peak_rss_mib() -> u64 {
    let status = read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap_or("VmHWM: 0");
    line.split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) / 1024
}

fn main() {
    let numbers: Vec<u64> = std::env::args().skip(1).map(|text| text.parse().expect("a number")).collect();
    let [port, logs, senders, batch_bytes, batch_logs, lanes, warm_up] = numbers[..] else {
        panic!("arguments: PORT LOGS SENDERS BATCH_BYTES BATCH_LOGS LANES WARM_UP")
    };
    std::env::set_var("http_proxy", format!("http://127.0.0.1:{port}"));
    let config = ProducerConfig::default()
        .with_endpoint("http://sink.test")
        .with_access_key("id", "secret")
        .with_batch_size_threshold(batch_bytes as usize)
        .with_batch_count_threshold(batch_logs as usize)
        .with_buffer_bytes(100 << 20)
        .with_callback_capacity(1 << 20)
        .with_processing_workers(if lanes > 0 { lanes as usize } else { 2 })
        .with_compression(Compression::Lz4);
    let producer = Producer::create(config).expect("a producer");
    let writer = producer.writer("bench-project", "bench-store").expect("a writer");
    let told = Arc::new(Outcomes::default());

    send_all(&writer, warm_up, senders, &told);
    told.wait(warm_up);
    let (cpu, began) = (cpu_seconds(), Instant::now());
    send_all(&writer, logs, senders, &told);
    told.wait(warm_up + logs);
    let (wall, used) = (began.elapsed().as_secs_f64(), cpu_seconds() - cpu);

    let bytes: u64 = (0..logs).map(|i| record_bytes(number(i))).sum();
    let megabytes = bytes as f64 / 1e6;
    let failed = told.failed.load(Relaxed);
    println!(
        "{{\"peer\":\"Rust 0.1.2\",\"logs\":{logs},\"failed\":{failed},\"bytes\":{bytes},\"wallSeconds\":{wall:.3},\
         \"cpuSeconds\":{used:.3},\"mbPerCpuSecond\":{:.2},\"mbPerSecond\":{:.2},\"peakRssMiB\":{}}}",
        megabytes / used,
        megabytes / wall,
        peak_rss_mib()
    );
    std::process::exit(if failed == 0 { 0 } else { 1 });
}
