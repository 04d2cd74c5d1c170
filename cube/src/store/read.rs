//! Reading cuboids: the needed columns of the needed row groups, in as few requests as they lie
//! together, without the file's footer.

use std::io::Read;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use bytes::{Buf, Bytes};
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};
use parquet::arrow::{ArrowSchemaConverter, ProjectionMask};
use parquet::basic::Compression as Codec;
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::metadata::{ColumnChunkMetaData, FileMetaData, ParquetMetaData, RowGroupMetaData};
use parquet::file::reader::{ChunkReader, Length};
use parquet::schema::types::SchemaDescPtr;

use super::SegmentStore;
use super::cuboids::codec;
use crate::lattice::CuboidId;
use crate::segment::{CuboidChunk, ReadySegment, RowGroupChunk};
use crate::{Error, Result};

/// Rows in one batch at most.
const BATCH_ROWS: usize = 65_536;

/// What was read of a cuboid.
#[derive(Debug)]
pub struct CuboidRows {
    /// The asked columns, in the asked order.
    pub batches: Vec<RecordBatch>,
    /// Fetched from the store.
    pub bytes_read: u64,
}

impl SegmentStore {
    /// Reads columns of one cuboid of a published segment.
    ///
    /// `schema` is the cube's [`super::cuboid_schema`]; `columns` are indexes into it.
    ///
    /// # Errors
    /// `NotFound` if the segment does not have the cuboid, or the store lost the file; `Data` if the
    /// file does not hold the rows that were written.
    pub async fn read_cuboid(
        &self,
        segment: &ReadySegment,
        cuboid: CuboidId,
        schema: &SchemaRef,
        columns: &[usize],
    ) -> Result<CuboidRows> {
        let chunk = segment
            .cuboids
            .get(&cuboid)
            .ok_or_else(|| Error::not_found(format!("the segment does not have cuboid {cuboid}")))?;
        let file = segment.files.get(chunk.file).ok_or_else(|| {
            Error::data(format!("cuboid {cuboid} is in file {}, which is not listed", chunk.file))
        })?;
        let ranges = ranges(chunk, columns);
        let bytes = self.get_ranges(&file.path, &ranges).await?;
        let bytes_read = ranges.iter().map(|range| range.end - range.start).sum();
        let pieces =
            Pieces { length: file.length, pieces: ranges.iter().map(|r| r.start).zip(bytes).collect() };
        let (schema, columns) = (schema.clone(), columns.to_vec());
        let metadata = metadata(chunk, &schema, codec(chunk.compression)?)?;
        // Decompression is work for a processor, not for the runtime that waits for sockets.
        let decode = move || decode(pieces, metadata, &schema, &columns);
        let batches = tokio::task::spawn_blocking(decode)
            .await
            // The parquet crate panics over some damaged pages.
            .map_err(|error| match error.is_panic() {
                true => Error::data(format!("cuboid {cuboid} in {} cannot be decoded: {error}", file.path)),
                false => Error::internal(format!("decoding a cuboid did not end: {error}")),
            })??;
        let (found, written) =
            (batches.iter().map(|batch| batch.num_rows() as u64).sum::<u64>(), chunk.rows());
        if found != written {
            return Err(Error::data(format!(
                "cuboid {cuboid} in {} has {found} rows where {written} were written; the file was changed",
                file.path
            )));
        }
        Ok(CuboidRows { batches, bytes_read })
    }
}

/// The byte ranges of the columns, in order; neighbours are joined.
fn ranges(chunk: &CuboidChunk, columns: &[usize]) -> Vec<Range<u64>> {
    let mut ranges: Vec<Range<u64>> = vec![];
    for group in &chunk.row_groups {
        for (index, range) in column_ranges(group).enumerate() {
            if !columns.contains(&index) {
                continue;
            }
            match ranges.last_mut() {
                Some(last) if last.end == range.start => last.end = range.end,
                _ => ranges.push(range),
            }
        }
    }
    ranges
}

fn column_ranges(group: &RowGroupChunk) -> impl Iterator<Item = Range<u64>> + '_ {
    group.columns.iter().scan(group.offset, |start, (length, ..)| {
        let range = *start..*start + length;
        *start = range.end;
        Some(range)
    })
}

/// The footer's part about one cuboid, made again from what the catalog knows.
fn metadata(chunk: &CuboidChunk, schema: &SchemaRef, codec: Codec) -> Result<ArrowReaderMetadata> {
    let descriptor: SchemaDescPtr = Arc::new(ArrowSchemaConverter::new().convert(schema)?);
    let groups = chunk.row_groups.iter().map(|group| row_group(group, &descriptor, codec));
    let groups = groups.collect::<Result<Vec<_>>>()?;
    let file = FileMetaData::new(1, chunk.rows() as i64, None, None, descriptor, None);
    let options = ArrowReaderOptions::new().with_schema(schema.clone());
    Ok(ArrowReaderMetadata::try_new(Arc::new(ParquetMetaData::new(file, groups)), options)?)
}

fn row_group(group: &RowGroupChunk, descriptor: &SchemaDescPtr, codec: Codec) -> Result<RowGroupMetaData> {
    if group.columns.len() != descriptor.num_columns() {
        return Err(Error::data(format!(
            "a row group has {} columns where the cube's schema has {}",
            group.columns.len(),
            descriptor.num_columns()
        )));
    }
    let columns = column_ranges(group).zip(&group.columns).enumerate().map(|(i, (range, &sizes))| {
        let (compressed, uncompressed, dictionary) = sizes;
        Ok(ColumnChunkMetaData::builder(descriptor.column(i))
            .set_compression(codec)
            .set_num_values(group.rows as i64)
            .set_total_compressed_size(compressed as i64)
            .set_total_uncompressed_size(uncompressed as i64)
            .set_data_page_offset((range.start + dictionary) as i64)
            .set_dictionary_page_offset((dictionary > 0).then_some(range.start as i64))
            .build()?)
    });
    Ok(RowGroupMetaData::builder(descriptor.clone())
        .set_num_rows(group.rows as i64)
        .set_total_byte_size(group.columns.iter().map(|(_, uncompressed, _)| *uncompressed as i64).sum())
        .set_column_metadata(columns.collect::<Result<Vec<_>>>()?)
        .build()?)
}

fn decode(
    pieces: Pieces,
    metadata: ArrowReaderMetadata,
    schema: &SchemaRef,
    columns: &[usize],
) -> Result<Vec<RecordBatch>> {
    let mut sorted = columns.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    let mask = ProjectionMask::leaves(metadata.parquet_schema(), sorted.iter().copied());
    let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(pieces, metadata)
        .with_projection(mask)
        .with_batch_size(BATCH_ROWS)
        .build()?;
    let wanted = Arc::new(schema.project(columns)?);
    let places: Vec<usize> = columns.iter().map(|c| sorted.binary_search(c).unwrap_or(usize::MAX)).collect();
    reader
        .map(|batch| {
            let batch = batch.map_err(|error| Error::data(format!("parquet: {error}")).with_source(error))?;
            let batch = batch.project(&places)?;
            // Without columns only the number of rows is left to say.
            let options = arrow::array::RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
            let columns = batch.columns().to_vec();
            Ok(RecordBatch::try_new_with_options(wanted.clone(), columns, &options)?)
        })
        .collect()
}

/// Parts of a file, by where they start.
struct Pieces {
    length: u64,
    pieces: Vec<(u64, Bytes)>,
}

impl Pieces {
    fn from(&self, start: u64) -> ParquetResult<Bytes> {
        self.pieces
            .iter()
            .find(|(at, bytes)| *at <= start && start < at + bytes.len() as u64)
            .map(|(at, bytes)| bytes.slice((start - at) as usize..))
            .ok_or_else(|| ParquetError::General(format!("byte {start} was not fetched")))
    }
}

impl Length for Pieces {
    fn len(&self) -> u64 {
        self.length
    }
}

impl ChunkReader for Pieces {
    type T = Box<dyn Read>;

    fn get_read(&self, start: u64) -> ParquetResult<Self::T> {
        Ok(Box::new(self.from(start)?.reader()))
    }

    fn get_bytes(&self, start: u64, length: usize) -> ParquetResult<Bytes> {
        let bytes = self.from(start)?;
        if bytes.len() < length {
            return Err(ParquetError::EOF(format!("{length} bytes from {start} on were not all fetched")));
        }
        Ok(bytes.slice(..length))
    }
}
