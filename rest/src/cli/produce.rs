//! `kirin produce`: sends made-up orders, or real flights, to a topic.

use std::path::PathBuf;
use std::process::ExitCode;

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand, ValueEnum};
use cube::{Error, Result};
use indicatif::{ProgressBar, ProgressStyle};

use super::output::print_text;
use crate::produce::flights::{FlightStream, Flights, StreamOptions};
use crate::produce::kafka::{Packing, Sender, create_topic};
use crate::produce::pace::Pace;
use crate::produce::sample::{Sample, SampleOptions, Shares};
use crate::produce::{Counts, Kind};
use crate::settings::Period;

/// Send messages to Kafka, to try Kirin with.
///
///   kirin produce sample --messages 1000000 --late-percent 1
///   kirin produce flights --brokers kafka:9092 --rate 10000
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct ProduceArgs {
    #[command(subcommand)]
    stream: Stream,
}

#[derive(Debug, Subcommand)]
enum Stream {
    Sample(SampleArgs),
    Flights(FlightsArgs),
}

#[derive(Debug, Args)]
struct TargetArgs {
    /// Where Kafka is; several separated by commas
    #[arg(long, default_value = "127.0.0.1:9092", value_name = "HOST:PORT")]
    brokers: String,

    /// Of the topic, which is created if it is missing; message i goes to partition i mod this
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(i32).range(1..), value_name = "NUMBER")]
    partitions: i32,

    /// Messages per second; 0: as fast as possible
    #[arg(long, default_value_t = 0, value_name = "NUMBER")]
    rate: u64,

    /// How batches are compressed
    #[arg(long, value_enum, default_value = "zstd")]
    compression: Compression,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Compression {
    None,
    Gzip,
    Snappy,
    Lz4,
    Zstd,
}

/// Made-up orders in the shape of Apache Kylin's sample stream
///
/// The cube over them is samples/sample-stream/sample-stream.yaml. The shares exclude each other:
/// a message is late, or has a null, or a key twice, or is malformed, or has no value.
#[derive(Debug, Args)]
struct SampleArgs {
    #[command(flatten)]
    target: TargetArgs,

    /// Where to
    #[arg(long, default_value = "kylin_streaming_topic")]
    topic: String,

    /// How many to send
    #[arg(long, default_value_t = 1_000_000, value_name = "NUMBER")]
    messages: u64,

    /// The same seed gives the same messages
    #[arg(long, default_value_t = 1, value_name = "NUMBER")]
    seed: u64,

    /// Event time of the first message, RFC 3339
    #[arg(long, default_value = "2026-01-01T00:00:00Z", value_name = "TIME")]
    start: DateTime<Utc>,

    /// The event times run evenly over this time, such as 300s or 24h
    #[arg(long, default_value = "300s", value_name = "TIME")]
    span: Period,

    /// How much older than its place a late message is at most
    #[arg(long, default_value = "60s", value_name = "TIME")]
    late_by: Period,

    /// Messages that are late
    #[arg(long, default_value_t = 0.0, value_name = "PERCENT")]
    late_percent: f64,

    /// Messages that can be no row: cut, no JSON, a word for a number, no event time
    #[arg(long, default_value_t = 0.0, value_name = "PERCENT")]
    malformed_percent: f64,

    /// Messages in which a field is null or missing
    #[arg(long, default_value_t = 0.0, value_name = "PERCENT")]
    null_percent: f64,

    /// Messages in which a key stands twice; the last one counts
    #[arg(long, default_value_t = 0.0, value_name = "PERCENT")]
    duplicate_key_percent: f64,

    /// Messages without a value
    #[arg(long, default_value_t = 0.0, value_name = "PERCENT")]
    tombstone_percent: f64,
}

/// A year of real flights, in the order of their event times
///
/// The cube over them is samples/flights/flights.yaml.
#[derive(Debug, Args)]
struct FlightsArgs {
    #[command(flatten)]
    target: TargetArgs,

    /// Where to
    #[arg(long, default_value = "flights")]
    topic: String,

    /// Parquet, like samples/flights/flights.parquet [default: that file, which is in the program]
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,

    /// Flights of each month that arrive with the next month
    #[arg(long, default_value_t = 0.0, value_name = "PERCENT")]
    late_percent: f64,
}

/// Sends everything, and prints one line about it.
pub async fn run(args: ProduceArgs) -> Result<ExitCode> {
    match args.stream {
        Stream::Sample(args) => sample(args).await?,
        Stream::Flights(args) => flights(args).await?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn sample(args: SampleArgs) -> Result<()> {
    let messages = Sample::new(SampleOptions {
        messages: args.messages,
        partitions: args.target.partitions,
        seed: args.seed,
        start: args.start.timestamp_millis(),
        span: millis(args.span),
        late_by: millis(args.late_by),
        shares: Shares {
            late: args.late_percent,
            null: args.null_percent,
            duplicate_key: args.duplicate_key_percent,
            malformed: args.malformed_percent,
            tombstone: args.tombstone_percent,
        },
    })?;
    let mut target = Target::open(args.target, args.topic, args.messages).await?;
    blocking(move || {
        for message in messages {
            target.sender.send(message.partition, message.key.as_deref(), message.value.as_deref())?;
            target.sent(message.kind);
        }
        target.finish()
    })
    .await
}

async fn flights(args: FlightsArgs) -> Result<()> {
    let flights = args.file.as_deref().map_or_else(Flights::embedded, Flights::open)?;
    let total = flights.rows() as u64;
    let options =
        StreamOptions { partitions: args.target.partitions, late_percent: args.late_percent, faults: false };
    let mut stream = FlightStream::new(flights, options)?;
    let mut target = Target::open(args.target, args.topic, total).await?;
    blocking(move || {
        for _ in 0..stream.deliveries() {
            stream.deliver(|message| {
                target.sender.send(message.partition, message.key, message.value)?;
                target.sent(message.kind);
                Ok(())
            })?;
        }
        target.finish()
    })
    .await
}

fn millis(period: Period) -> i64 {
    i64::try_from(period.0.as_millis()).unwrap_or(i64::MAX)
}

/// A topic that is being sent to.
struct Target {
    sender: Sender,
    pace: Pace,
    progress: ProgressBar,
    counts: Counts,
    topic: String,
    partitions: i32,
}

impl Target {
    async fn open(args: TargetArgs, topic: String, messages: u64) -> Result<Self> {
        let created = create_topic(&args.brokers, &topic, args.partitions).await?;
        if created {
            print_text(&format!("topic {topic} created with {} partitions\n", args.partitions))?;
        }
        let compression = args.compression.to_possible_value().map(|value| value.get_name().to_owned());
        let packing = Packing { compression: compression.unwrap_or_default(), ..Packing::default() };
        let sender = Sender::new(&args.brokers, &topic, &packing)?;
        let progress = ProgressBar::new(messages);
        if let Ok(style) = ProgressStyle::with_template("{wide_bar} {pos} of {len}, {per_sec}, {eta} left") {
            progress.set_style(style);
        }
        let (pace, partitions) = (Pace::new(args.rate), args.partitions);
        Ok(Self { sender, pace, progress, counts: Counts::default(), topic, partitions })
    }

    fn sent(&mut self, kind: Kind) {
        self.counts.add(kind);
        self.pace.message();
        // Seldom, because the bar's own bookkeeping costs more than a message.
        if self.pace.messages().is_multiple_of(4096) {
            self.progress.set_position(self.pace.messages());
        }
    }

    fn finish(mut self) -> Result<()> {
        self.sender.flush()?;
        self.progress.finish_and_clear();
        let seconds = self.pace.elapsed().as_secs_f64();
        let total = self.counts.total();
        print_text(&format!(
            "{total} messages to topic {} ({} partitions) in {seconds:.1} s, {:.0} a second: {}\n",
            self.topic,
            self.partitions,
            total as f64 / seconds.max(1e-3),
            self.counts
        ))
    }
}

async fn blocking(work: impl FnOnce() -> Result<()> + Send + 'static) -> Result<()> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|error| Err(Error::internal(format!("sending did not end: {error}"))))
}
