//! The cuboids file of a segment: one schema, each cuboid a row group (or more, if it is large).
//!
//! Column 0 is `cuboid_id`, constant in a row group. A dimension the cuboid does not have is NULL
//! throughout; one that it has may hold NULL as a value, and which it is follows from the bits of
//! `cuboid_id`. Row groups are encoded wherever a worker is free and appended by one writer.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use parquet::arrow::ArrowSchemaConverter;
use parquet::arrow::arrow_writer::{ArrowColumnChunk, ArrowRowGroupWriterFactory, compute_leaves};
use parquet::basic::{Compression as Codec, ZstdLevel};
use parquet::file::metadata::RowGroupMetaData;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesPtr, WriterVersion};
use parquet::file::writer::SerializedFileWriter;

use super::SpooledFile;
use crate::lattice::CuboidId;
use crate::segment::{CuboidChunk, RowGroupChunk};
use crate::spec::{Compression, CubeSpec, DimensionKind, ModelSpec};
use crate::{Error, Result};

/// The columns of a cube's cuboids file: `cuboid_id`, the dimensions, the states of the measures.
pub fn cuboid_schema(model: &ModelSpec, spec: &CubeSpec) -> SchemaRef {
    let id = Field::new("cuboid_id", DataType::Int64, false);
    let dimensions = spec.dimensions.iter().map(|dimension| {
        let data_type = match dimension.kind {
            DimensionKind::Column(column) => model.columns[column].column_type.data_type(),
            DimensionKind::Level(level) => level.data_type(),
        };
        Field::new(&dimension.name, data_type, true)
    });
    let states = spec.measures.iter().flat_map(|measure| measure.state_fields());
    Arc::new(Schema::new(std::iter::once(id).chain(dimensions).chain(states).collect::<Vec<_>>()))
}

/// The codec of a cube's files.
pub(super) fn codec(compression: Compression) -> Result<Codec> {
    Ok(match compression {
        Compression::None => Codec::UNCOMPRESSED,
        Compression::Lz4 => Codec::LZ4_RAW,
        Compression::Zstd(level) => Codec::ZSTD(ZstdLevel::try_new(level)?),
    })
}

fn properties(compression: Compression) -> Result<WriterPropertiesPtr> {
    Ok(Arc::new(
        WriterProperties::builder()
            .set_writer_version(WriterVersion::PARQUET_1_0)
            .set_compression(codec(compression)?)
            // Row groups are pruned by the statistics of cuboid_id; page indexes would outweigh small cuboids.
            .set_statistics_enabled(EnabledStatistics::Chunk)
            .set_offset_index_disabled(true)
            .set_created_by(concat!("kirin ", env!("CARGO_PKG_VERSION")).to_owned())
            .build(),
    ))
}

/// A row group that is encoded and waits to be appended.
pub struct EncodedCuboid {
    cuboid: CuboidId,
    chunks: Vec<ArrowColumnChunk>,
}

/// Encodes row groups; share it between workers.
pub struct RowGroupEncoder {
    factory: ArrowRowGroupWriterFactory,
    schema: SchemaRef,
}

impl RowGroupEncoder {
    /// Encodes one row group of `cuboid`.
    ///
    /// `batch` has the columns of the file; a text column may be dictionary-coded.
    pub fn encode(&self, cuboid: CuboidId, batch: &RecordBatch) -> Result<EncodedCuboid> {
        let mut chunks = Vec::with_capacity(batch.num_columns());
        let writers = self.factory.create_column_writers(0)?;
        for ((mut writer, field), array) in writers.into_iter().zip(self.schema.fields()).zip(batch.columns())
        {
            for leaf in compute_leaves(field, array)? {
                writer.write(&leaf)?;
            }
            chunks.push(writer.close()?);
        }
        Ok(EncodedCuboid { cuboid, chunks })
    }
}

/// Appends row groups to a cuboids file on local disk.
pub struct CuboidWriter {
    writer: SerializedFileWriter<SpooledFile>,
    compression: Compression,
    cuboids: BTreeMap<CuboidId, CuboidChunk>,
}

/// A finished file and where its cuboids lie in it.
pub struct CuboidsFile {
    pub file: SpooledFile,
    pub cuboids: BTreeMap<CuboidId, CuboidChunk>,
}

impl CuboidWriter {
    /// A new file with the columns of `schema`, text columns of which may be dictionary-coded in
    /// memory, and the encoder for its row groups.
    pub fn create(schema: SchemaRef, compression: Compression) -> Result<(Self, RowGroupEncoder)> {
        let descriptor = ArrowSchemaConverter::new().convert(&schema)?;
        let writer = SerializedFileWriter::new(
            SpooledFile::new()?,
            descriptor.root_schema_ptr(),
            properties(compression)?,
        )?;
        let factory = ArrowRowGroupWriterFactory::new(&writer, schema.clone());
        Ok((Self { writer, compression, cuboids: BTreeMap::new() }, RowGroupEncoder { factory, schema }))
    }

    pub fn append(&mut self, encoded: EncodedCuboid) -> Result<()> {
        let mut group = self.writer.next_row_group()?;
        for chunk in encoded.chunks {
            chunk.append_to_row_group(&mut group)?;
        }
        let meta = group.close()?;
        let compression = self.compression;
        self.cuboids
            .entry(encoded.cuboid)
            .or_insert_with(|| CuboidChunk { file: 0, compression, row_groups: vec![] })
            .row_groups
            .push(locate(&meta)?);
        Ok(())
    }

    pub fn finish(self) -> Result<CuboidsFile> {
        Ok(CuboidsFile { file: self.writer.into_inner()?, cuboids: self.cuboids })
    }
}

/// What is needed to read the row group without the file's footer.
fn locate(meta: &RowGroupMetaData) -> Result<RowGroupChunk> {
    let mut next = None;
    let mut columns = Vec::with_capacity(meta.num_columns());
    let mut offset = 0;
    for column in meta.columns() {
        let (start, length) = column.byte_range();
        if next.is_some_and(|next| next != start) {
            return Err(Error::internal(format!(
                "column {} does not follow the one before",
                column.column_path()
            )));
        }
        if next.is_none() {
            offset = start;
        }
        next = Some(start + length);
        let dictionary =
            column.dictionary_page_offset().map_or(0, |_| column.data_page_offset() as u64 - start);
        columns.push((length, column.uncompressed_size() as u64, dictionary));
    }
    Ok(RowGroupChunk { rows: meta.num_rows() as u64, offset, columns })
}
