//! A year of flights out of New York as a stream: month by month, with some flights arriving late.

mod message;
mod month;

use std::path::Path;

use bytes::Bytes;
use cube::{Error, Result};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

pub use month::Month;

use super::{Kind, Malformed};

/// `samples/flights/flights.parquet`; `samples/flights/README.md` describes it.
const EMBEDDED: &[u8] = include_bytes!("../../../samples/flights/flights.parquet");

/// The file, which has one row group a month.
#[derive(Clone, Debug)]
pub struct Flights {
    bytes: Bytes,
    months: usize,
    rows: usize,
}

impl Flights {
    /// The file that comes with the program.
    pub fn embedded() -> Result<Self> {
        Self::of(Bytes::from_static(EMBEDDED))
    }

    /// # Errors
    /// If it cannot be read, or is no Parquet file.
    pub fn open(path: &Path) -> Result<Self> {
        let bytes = std::fs::read(path).map_err(|error| {
            Error::invalid(format!(
                "flights file {}: {error}; leave --file out for the one inside",
                path.display()
            ))
        })?;
        Self::of(bytes.into()).map_err(|error| error.context(format!("flights file {}", path.display())))
    }

    fn of(bytes: Bytes) -> Result<Self> {
        let builder = ParquetRecordBatchReaderBuilder::try_new(bytes.clone())?;
        let metadata = builder.metadata();
        let rows = metadata.file_metadata().num_rows();
        Ok(Self { bytes, months: metadata.num_row_groups(), rows: usize::try_from(rows).unwrap_or(0) })
    }

    pub fn months(&self) -> usize {
        self.months
    }

    /// All flights.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// # Errors
    /// `Data` if a column is missing or of another type.
    pub fn month(&self, number: usize) -> Result<Month> {
        Month::read(self.bytes.clone(), number)
    }
}

/// How the flights become a stream.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StreamOptions {
    /// Message `i` goes to partition `i` mod this.
    pub partitions: i32,
    /// Percent of each month's flights that arrive with the next month, 0 to 100.
    pub late_percent: f64,
    /// One malformed message and one tombstone each month, besides the flights.
    pub faults: bool,
}

/// One message; the buffers are reused for the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlightMessage<'a> {
    pub partition: i32,
    /// The tail number, if known.
    pub key: Option<&'a [u8]>,
    /// `None`: a tombstone.
    pub value: Option<&'a [u8]>,
    pub kind: Kind,
}

/// The flights as messages: one delivery a month, in which the late flights of the month before are
/// spread evenly, and a last delivery of the flights that are late for the last month.
#[derive(Debug)]
pub struct FlightStream {
    flights: Flights,
    options: StreamOptions,
    before: Option<Month>,
    delivery: usize,
    sent: u64,
}

impl FlightStream {
    /// # Errors
    /// `Invalid` for no partitions, or a share that is no percentage.
    pub fn new(flights: Flights, options: StreamOptions) -> Result<Self> {
        if options.partitions < 1 {
            return Err(Error::invalid(format!(
                "{} partitions are not accepted; use 1 or more",
                options.partitions
            )));
        }
        if !(0.0..=100.0).contains(&options.late_percent) {
            return Err(Error::invalid(format!(
                "{} % of late flights is not accepted; use 0 to 100",
                options.late_percent
            )));
        }
        Ok(Self { flights, options, before: None, delivery: 0, sent: 0 })
    }

    /// Deliveries in all, the last one included.
    pub fn deliveries(&self) -> usize {
        self.flights.months() + 1
    }

    /// Hands the next delivery's messages to `send`, and gives the month that it was about; `None`
    /// for the last one and after it.
    pub fn deliver(
        &mut self,
        mut send: impl FnMut(FlightMessage<'_>) -> Result<()>,
    ) -> Result<Option<Month>> {
        let number = self.delivery;
        self.delivery += 1;
        let month = (number < self.flights.months()).then(|| self.flights.month(number)).transpose()?;
        let before = std::mem::replace(&mut self.before, month.clone());
        let late: Vec<usize> =
            before.iter().flat_map(|month| (0..month.len()).filter(|row| self.is_late(*row))).collect();
        let now: Vec<usize> =
            month.iter().flat_map(|month| (0..month.len()).filter(|row| !self.is_late(*row))).collect();

        let mut value = Vec::with_capacity(512);
        let mut sent = self.sent;
        let partitions = self.options.partitions as u64;
        let mut flight = |month: &Month, row: usize, kind: Kind| {
            value.clear();
            message::write(month, row, &mut value);
            if let Kind::Malformed(how) = kind {
                how.spoil(&mut value, "scheduled", "flight");
            }
            let partition = (sent % partitions) as i32;
            sent += 1;
            let value = (kind != Kind::Tombstone).then_some(value.as_slice());
            send(FlightMessage { partition, key: month.tail_number(row).map(str::as_bytes), value, kind })
        };

        let mut late_sent = 0;
        if let Some(month) = &month {
            for (i, row) in now.iter().enumerate() {
                while let Some(before) = before.as_ref().filter(|_| late_sent < late.len() * i / now.len()) {
                    flight(before, late[late_sent], Kind::Late)?;
                    late_sent += 1;
                }
                if self.options.faults && i == now.len() / 3 {
                    let how = Malformed::ALL[number % Malformed::ALL.len()];
                    flight(month, *row, Kind::Malformed(how))?;
                    flight(month, *row, Kind::Tombstone)?;
                }
                flight(month, *row, Kind::Plain)?;
            }
        }
        if let Some(before) = &before {
            for row in &late[late_sent..] {
                flight(before, *row, Kind::Late)?;
            }
        }
        self.sent = sent;
        Ok(month)
    }

    /// The same rows each time, spread over the month without a pattern that a question could meet.
    fn is_late(&self, row: usize) -> bool {
        let scattered = (row as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 11;
        (scattered as f64) < self.options.late_percent / 100.0 * (1u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests;
