//! `kirin demo`: a year of flights through a broker, a server and a dashboard's questions, in one
//! process and under a minute.
//!
//! The server is the one that `kirin server` starts, and the demo talks to it over REST as anybody
//! would. The [`oracle`] answers the same questions from the raw flights with polars and shares no
//! code with the cubes, so the ticks mean something.

mod answer;
mod broker;
mod builds;
mod client;
mod oracle;
mod print;
mod questions;
mod story;
mod stream;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use cube::{Error, ErrorKind, Result};
use tempfile::TempDir;
use tokio::signal::unix::{SignalKind, signal};

use crate::server::{self, Server};
use crate::settings::Settings;
use broker::Broker;
use client::Client;
use print::Printer;
use stream::Feed;

const PARTITIONS: i32 = 4;
const SPEC: &str = include_str!("../../samples/flights/flights.yaml");

/// What the demo may be told.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// End after the last answer, instead of serving on.
    pub once: bool,
    /// HOST:PORT of a real broker; `None`: one in this process.
    pub broker: Option<String>,
    /// `None`: a temporary one, removed at the end.
    pub data_dir: Option<PathBuf>,
    /// Of the server on loopback; another free one if it is taken.
    pub port: u16,
    /// Percent of each month's flights that arrive with the next month.
    pub late_percent: f64,
}

/// Runs the demo until its end, or until Ctrl-C.
///
/// Gives whether every answer was right.
pub async fn run(options: Options) -> Result<bool> {
    let printer = Printer::new();
    printer.say("a year of flights out of New York: 336,776 real ones, streamed month by month");
    let (folder, kept) = data_folder(&options)?;
    let broker = Arc::new(open_broker(&options, printer).await?);
    let mut server = start_server(&options, folder, printer).await?;
    let told = tokio::select! {
        told = show(&options, printer, &broker, &server) => told,
        signal = interrupted() => signal.map(|()| None),
    };
    if let Ok(Some(_)) = &told
        && !options.once
    {
        invite(printer, &server, kept.is_some());
        tokio::select! {
            ended = server.ended() => ended?,
            signal = interrupted() => signal?,
        }
        printer.say("stopping");
    }
    if let Ok(None) = &told {
        printer.say("interrupted");
    }
    server.stop().await;
    // Who interrupts a demo that goes on knows why; a check that was interrupted has not passed.
    told.map(|right| right.unwrap_or(!options.once))
}

/// Returns on SIGINT or SIGTERM.
async fn interrupted() -> Result<()> {
    let (mut int, mut term) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    tokio::select! {
        _ = int.recv() => Ok(()),
        _ = term.recv() => Ok(()),
    }
}

/// `None` is for being interrupted.
async fn show(
    options: &Options,
    printer: Printer,
    broker: &Arc<Broker>,
    server: &Server,
) -> Result<Option<bool>> {
    let client = Client::new(format!("http://{}/kylin/api", server.address), "flights_cube")?;
    client.define(&spec(broker)).await.map_err(|error| error.context("defining the cube"))?;
    printer.say("cube flights_cube defined over REST, as in samples/flights/flights.yaml: 45 cuboids");
    let feed = Feed::new(broker.clone(), options.late_percent)?;
    printer.say(format_args!(
        "streaming: {} % of each month's flights arrive with the next month, and each month brings a malformed \
         message and a tombstone",
        options.late_percent
    ));
    story::tell(printer, &client, feed).await.map(Some)
}

async fn open_broker(options: &Options, printer: Printer) -> Result<Broker> {
    let broker = match &options.broker {
        None => Broker::embedded(PARTITIONS)?,
        Some(address) => Broker::real(address, PARTITIONS).await?,
    };
    let whose = if broker.is_embedded() { "a Kafka broker in this process" } else { "Kafka" };
    printer.say(format_args!(
        "{whose} at {}, topic {} with {PARTITIONS} partitions",
        broker.address, broker.topic
    ));
    Ok(broker)
}

/// The folder, and what keeps a temporary one alive.
fn data_folder(options: &Options) -> Result<(PathBuf, Option<TempDir>)> {
    match &options.data_dir {
        // The cubes of an earlier demo point to a topic that is gone, or holds its flights already.
        Some(folder) if folder.join("catalog.sqlite").exists() => Err(Error::conflict(format!(
            "--data-dir {} is in use already; give the demo a folder of its own, or leave the option out",
            folder.display()
        ))),
        Some(folder) => Ok((folder.clone(), None)),
        None => {
            let folder = tempfile::Builder::new().prefix("kirin-demo-").tempdir()?;
            Ok((folder.path().to_owned(), Some(folder)))
        }
    }
}

async fn start_server(options: &Options, data_dir: PathBuf, printer: Printer) -> Result<Server> {
    let settings = |port| Settings {
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
        data_dir: data_dir.clone(),
        ..Settings::default()
    };
    let server = match server::start(settings(options.port)).await {
        // The address comes first in a start; if it was something else, it fails again.
        Err(error) if error.kind() == ErrorKind::Unavailable && options.port != 0 => {
            let server = server::start(settings(0)).await?;
            printer.say(format_args!("port {} is taken; using {}", options.port, server.address.port()));
            server
        }
        started => started?,
    };
    printer.say(format_args!("server at http://{}, data in {}", server.address, data_dir.display()));
    Ok(server)
}

/// The sample's specification, with our broker and topic in the place of its own.
fn spec(broker: &Broker) -> String {
    let ours = |line: &str| match line.trim_start() {
        text if text.starts_with("brokers:") => format!("    brokers: \"{}\"", broker.address),
        text if text.starts_with("topic:") => format!("    topic: {}", broker.topic),
        _ => line.to_owned(),
    };
    SPEC.lines().map(ours).collect::<Vec<_>>().join("\n")
}

/// Says that the server goes on, and what to try.
fn invite(printer: Printer, server: &Server, temporary: bool) {
    let url = format!("http://{}", server.address);
    let end = if temporary { "; its data is removed then" } else { "" };
    printer.gap();
    printer.say(format_args!("serving until Ctrl-C{end}. Open it in a browser:"));
    printer.more(format_args!(
        r#"
{url}/                             the builds that you have just seen, the discarded one among them
{url}/cubes/flights_cube/segments  where segments overlap in time, and never in offsets
{url}/insight                      the five questions, saved; ask your own
{url}/api                          the HTTP interface, to read and to try

Or ask in another terminal:

kirin query --server {url} \
  "SELECT dest, COUNT(*) AS flights, AVG(arr_delay) AS late FROM flights GROUP BY dest ORDER BY 2 DESC LIMIT 10"

kirin query --server {url} \
  "EXPLAIN SELECT carrier, MAX(dep_delay) FROM flights WHERE scheduled >= '2013-12-24' GROUP BY carrier"

curl -s {url}/kylin/api/query -H 'Content-Type: application/json' \
  -d '{{"sql": "SELECT day_start, COUNT(*) AS cancelled FROM flights WHERE cancelled GROUP BY 1 ORDER BY 2 DESC LIMIT 3"}}'
"#
    ));
}

#[cfg(test)]
mod tests {
    use cube::spec::SpecFile;

    use super::*;

    #[test]
    fn the_sample_is_defined_over_the_demos_own_topic() {
        let broker = Broker::embedded(2).unwrap();
        let file = SpecFile::parse(&spec(&broker)).unwrap();
        assert_eq!(file.models[0].brokers, broker.address);
        assert_eq!((file.models[0].topic.as_str(), file.cubes[0].name.as_str()), ("flights", "flights_cube"));
        let sample = SpecFile::parse(SPEC).unwrap();
        assert_eq!(file.cubes[0].to_json(&file.models[0]), sample.cubes[0].to_json(&sample.models[0]));
    }
}
