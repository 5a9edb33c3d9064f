//! Calls of the official Rust SDK, unchanged, against an emulator: http_proxy=http://127.0.0.1:9310 cargo run
use aliyun_log_rust_sdk::{get_cursor_models::CursorPos, Client, Config, FromConfig};
use aliyun_log_producer::{log, Compression, DeliveryResult, Producer, ProducerConfig};
use aliyun_log_sdk_protobuf::{Log, LogGroup};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

const STORE: &str = "store";

type Failure = Box<dyn std::error::Error>;

fn now() -> u32 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() as u32
}

fn expect<T: PartialEq + std::fmt::Debug>(expected: T, found: T) -> Result<(), Failure> {
    if expected == found {
        return Ok(());
    }
    Err(format!("expected {expected:?}, found {found:?}").into())
}

fn group(count: usize) -> LogGroup {
    let mut group = LogGroup::new();
    for i in 0..count {
        let mut log = Log::from_unixtime(now());
        log.add_content_kv("n", i.to_string());
        log.add_content_kv("level", if i % 2 == 0 { "error" } else { "info" });
        group.logs_mut().push(log);
    }
    group
}

/// Sends so many logs with the producer of the vendor, and gives how many its callbacks called delivered.
fn produce(project: &str, compression: Compression, count: usize) -> Result<usize, String> {
    let config = ProducerConfig::default()
        .with_endpoint("http://cn-hangzhou.log.aliyuncs.com")
        .with_access_key("id", "secret")
        .with_compression(compression);
    let producer = Producer::create(config).map_err(|error| error.to_string())?;
    let writer = producer.writer(project, "produced").map_err(|error| error.to_string())?;
    let delivered = Arc::new(AtomicUsize::new(0));
    for i in 0..count {
        let delivered = delivered.clone();
        let callback = move |result: &DeliveryResult| {
            if result.is_ok() {
                delivered.fetch_add(1, Ordering::Relaxed);
            }
        };
        writer.send_with_callback(log!("n": i.to_string()), callback).map_err(|error| error.to_string())?;
    }
    producer.close_blocking().map_err(|error| error.to_string())?;
    Ok(delivered.load(Ordering::Relaxed))
}

#[tokio::main]
async fn main() {
    let config = Config::builder()
        .endpoint("http://cn-hangzhou.log.aliyuncs.com")
        .access_key("id", "secret")
        .build()
        .unwrap();
    let client = Client::from_config(config).unwrap();
    let project = &format!("rust-driver-{}", now());
    let (mut passed, mut all) = (0, 0);

    macro_rules! call {
        ($name:expr, $body:expr) => {
            all += 1;
            let result: Result<(), Failure> = async { $body }.await;
            match result {
                Ok(()) => passed += 1,
                Err(error) => println!("FAILED {}: {error}", $name),
            }
        };
    }

    call!("create_project", Ok(client.create_project(project).description("made").send().await.map(|_| ())?));
    call!("get_project", Ok(client.get_project(project).send().await.map(|_| ())?));
    call!("list_projects", Ok(client.list_projects(0, 100).send().await.map(|_| ())?));
    call!("update_project", Ok(client.update_project(project).description("changed").send().await.map(|_| ())?));
    call!("create_logstore", Ok(client.create_logstore(project, STORE).shard_count(2).ttl(7).send().await.map(|_| ())?));
    call!("get_logstore", Ok(client.get_logstore(project, STORE).send().await.map(|_| ())?));
    call!("update_logstore", Ok(client.update_logstore(project, STORE).ttl(9).send().await.map(|_| ())?));
    call!("list_logstores", Ok(client.list_logstores(project, 0, 10).send().await.map(|_| ())?));
    call!("put_logs", Ok(client.put_logs(project, STORE).log_group(group(10)).send().await.map(|_| ())?));
    call!("list_shards", expect(2, client.list_shards(project, STORE).send().await?.get_body().shards().len()));
    call!("get_cursor and pull_logs", {
        let mut count = 0;
        for shard in 0..2 {
            let cursor = client.get_cursor(project, STORE, shard).cursor_pos(CursorPos::Begin).send().await?;
            let cursor = cursor.get_body().cursor().to_string();
            let pulled = client.pull_logs(project, STORE, shard).cursor(cursor).count(100).send().await?;
            count += pulled.take_body().into_log_group_list().len();
        }
        expect(1, count)
    });
    call!("get_logs", {
        let (from, to) = (now() as i64 - 600, now() as i64 + 600);
        let found = client.get_logs(project, STORE).from(from).to(to).query("level: error").line(100).send().await?;
        expect(5, found.get_body().logs_count())
    });
    call!("get_logs with SQL", {
        let (from, to) = (now() as i64 - 600, now() as i64 + 600);
        let query = "* | select level, count(*) as c group by level";
        let found = client.get_logs(project, STORE).from(from).to(to).query(query).send().await?;
        expect(2, found.get_body().logs_count())
    });
    for (name, compression) in [("zstd", Compression::Zstd), ("lz4", Compression::Lz4)] {
        call!(format!("the producer with {name}"), {
            let _ = client.create_logstore(project, "produced").shard_count(2).ttl(7).send().await;
            let owner = project.clone();
            // It waits in its own way, and not on a thread of tokio.
            let delivered = std::thread::spawn(move || produce(&owner, compression, 500)).join().unwrap();
            expect(Ok(500), delivered)?;
            let (from, to) = (now() as i64 - 600, now() as i64 + 600);
            let found = client.get_logs(project, "produced").from(from).to(to).query("*").line(100).send().await?;
            expect(100, found.get_body().logs_count())?;
            Ok(client.delete_logstore(project, "produced").send().await.map(|_| ())?)
        });
    }
    call!("create_consumer_group", {
        Ok(client.create_consumer_group(project, STORE, "calls").timeout(30).order(true).send().await.map(|_| ())?)
    });
    call!("list_consumer_groups", Ok(client.list_consumer_groups(project, STORE).send().await.map(|_| ())?));
    call!("update_consumer_group", {
        Ok(client.update_consumer_group(project, STORE, "calls").timeout(60).order(false).send().await.map(|_| ())?)
    });
    call!("consumer_group_heartbeat", {
        Ok(client.consumer_group_heartbeat(project, STORE, "calls").consumer("me").shards(vec![]).send().await.map(|_| ())?)
    });
    call!("update_consumer_group_checkpoint", {
        let request = client.update_consumer_group_checkpoint(project, STORE, "calls");
        Ok(request.shard_id(0).consumer_id("me").checkpoint("MTIz").force_success(true).send().await.map(|_| ())?)
    });
    call!("get_consumer_group_checkpoint", {
        Ok(client.get_consumer_group_checkpoint(project, STORE, "calls").send().await.map(|_| ())?)
    });
    call!("delete_consumer_group", Ok(client.delete_consumer_group(project, STORE, "calls").send().await.map(|_| ())?));
    call!("delete_logstore", Ok(client.delete_logstore(project, STORE).send().await.map(|_| ())?));
    call!("delete_project", Ok(client.delete_project(project).send().await.map(|_| ())?));
    println!("PASSED {passed} of {all}");
    std::process::exit(i32::from(passed != all));
}
