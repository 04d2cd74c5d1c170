//! Reading cuboids without the footer: which columns, from which bytes, and what damage does.

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use arrow::compute::concat_batches;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use object_store::PutPayload;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::*;
use crate::build::tests::kit::{block_on, memory};
use crate::lattice::CuboidId;
use crate::ledger::LedgerTotals;
use crate::segment::{FileKind, ReadySegment, SegmentFile};
use crate::spec::Compression;
use crate::time::MinuteSet;

const PATH: &str = "cubes/x/cuboids.parquet";

fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("cuboid_id", DataType::Int64, false),
        Field::new("name", DataType::Utf8, true),
        Field::new("n", DataType::Int64, true),
        Field::new("rows", DataType::Int64, false),
    ]))
}

fn batch(cuboid: i64, from: i64, rows: i64) -> RecordBatch {
    let numbers = || from..from + rows;
    let arrays: Vec<ArrayRef> = vec![
        Arc::new(numbers().map(|_| Some(cuboid)).collect::<Int64Array>()),
        Arc::new(
            numbers()
                .map(|i| (i % 5 > 0).then(|| format!("name {} of {cuboid}", i % 40)))
                .collect::<StringArray>(),
        ),
        Arc::new(numbers().map(|i| (i % 7 > 0).then_some((i * i) << 20)).collect::<Int64Array>()),
        Arc::new(numbers().map(Some).collect::<Int64Array>()),
    ];
    RecordBatch::try_new(schema(), arrays).unwrap()
}

/// What cuboid 1 (one row group), 2 (three of them, others between) and 3 hold.
fn row_groups() -> Vec<RecordBatch> {
    vec![batch(2, 0, 500), batch(1, 0, 900), batch(2, 500, 1), batch(3, 7, 30), batch(2, 501, 200)]
}

fn cuboid(id: u64) -> RecordBatch {
    let ids: Vec<RecordBatch> = row_groups()
        .into_iter()
        .filter(|batch| {
            arrow::array::cast::AsArray::as_primitive::<arrow::datatypes::Int64Type>(batch.column(0)).value(0)
                == id as i64
        })
        .collect();
    concat_batches(&schema(), &ids).unwrap()
}

async fn segment(store: &SegmentStore, compression: Compression) -> ReadySegment {
    let (mut writer, encoder) = CuboidWriter::create(schema(), compression).unwrap();
    for (batch, id) in row_groups().iter().zip([2, 1, 2, 3, 2]) {
        writer.append(encoder.encode(CuboidId::new(id), batch).unwrap()).unwrap();
    }
    let written = writer.finish().unwrap();
    let file = written.file.upload(store, FileKind::Cuboids, PATH.into()).await.unwrap();
    ReadySegment {
        event_time: None,
        event_time_by_partition: Default::default(),
        minutes: MinuteSet::default(),
        files: vec![file],
        cuboids: written.cuboids,
        totals: LedgerTotals::default(),
        published_at: 0,
    }
}

async fn read(store: &SegmentStore, ready: &ReadySegment, id: u64, columns: &[usize]) -> Result<CuboidRows> {
    store.read_cuboid(ready, CuboidId::new(id), &schema(), columns).await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_cuboid_reads_back_from_every_store_with_every_compression() {
    for (store, _folder) in stores() {
        for compression in [Compression::None, Compression::Lz4, Compression::Zstd(1), Compression::Zstd(22)]
        {
            store.delete(PATH).await.unwrap();
            let ready = segment(&store, compression).await;
            for id in [1, 2, 3] {
                let rows = read(&store, &ready, id, &[0, 1, 2, 3]).await.unwrap();
                assert_eq!(
                    concat_batches(&schema(), &rows.batches).unwrap(),
                    cuboid(id),
                    "{id}, {compression:?}"
                );
                assert_eq!(rows.bytes_read, ready.cuboids[&CuboidId::new(id)].bytes());
            }
            assert_eq!(ready.cuboids[&CuboidId::new(2)].row_groups.len(), 3);
            assert_eq!(ready.cuboids[&CuboidId::new(2)].rows(), 701);
            // The row groups fill the file from its magic number to its footer.
            let bytes: u64 = ready.cuboids.values().map(|chunk| chunk.bytes()).sum();
            let length = ready.size();
            assert!(4 + bytes < length && length < 4 + bytes + 6000, "{bytes} of {length}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn columns_come_in_the_asked_order_and_only_they_are_fetched() {
    let store = memory();
    let ready = segment(&store, Compression::None).await;
    let whole = cuboid(2);
    let lists: [&[usize]; 8] = [&[0], &[3, 1], &[2, 0, 1, 3], &[1, 1], &[3, 0, 3], &[1, 2], &[0, 3], &[]];
    for columns in lists {
        let rows = read(&store, &ready, 2, columns).await.unwrap();
        assert_eq!(rows.batches.iter().map(RecordBatch::num_rows).sum::<usize>(), 701, "{columns:?}");
        for batch in &rows.batches {
            assert_eq!(batch.schema(), Arc::new(schema().project(columns).unwrap()));
        }
        let expected: u64 = ready.cuboids[&CuboidId::new(2)]
            .row_groups
            .iter()
            .flat_map(|group| group.columns.iter().enumerate())
            .filter(|(column, _)| columns.contains(column))
            .map(|(_, (compressed, ..))| compressed)
            .sum();
        assert_eq!(rows.bytes_read, expected, "{columns:?}");
        if !columns.is_empty() {
            let found = concat_batches(&rows.batches[0].schema(), &rows.batches).unwrap();
            assert_eq!(found, whole.project(columns).unwrap(), "{columns:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_segment_does_not_have_is_an_error_that_says_so() {
    let store = memory();
    let mut ready = segment(&store, Compression::Lz4).await;
    let error = read(&store, &ready, 9, &[0]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.to_string().contains("cuboid 9"), "{error}");

    let narrow: SchemaRef = Arc::new(schema().project(&[0, 1]).unwrap());
    let error = store.read_cuboid(&ready, CuboidId::new(1), &narrow, &[0]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Data);
    assert!(error.to_string().contains("4 columns") && error.to_string().contains("has 2"), "{error}");
    assert!(read(&store, &ready, 1, &[4]).await.is_err(), "there is no column 4");

    store.delete(PATH).await.unwrap();
    let error = read(&store, &ready, 1, &[0]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.to_string().contains(PATH), "{error}");

    ready.files.clear();
    assert_eq!(read(&store, &ready, 1, &[0]).await.unwrap_err().kind(), ErrorKind::Data);
}

/// Puts these bytes in the place of the file.
async fn replace(store: &SegmentStore, bytes: Vec<u8>) {
    store.objects.put(&ObjectPath::from(PATH), PutPayload::from(bytes)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_cut_short_is_an_error() {
    for (store, _folder) in stores() {
        let ready = segment(&store, Compression::Zstd(1)).await;
        let bytes = store.get(PATH).await.unwrap().to_vec();
        let ends = |id: u64| {
            let groups = &ready.cuboids[&CuboidId::new(id)].row_groups;
            groups.iter().map(|group| group.offset + group.bytes()).max().unwrap() as usize
        };
        for cut in (0..bytes.len()).step_by(211).chain([ends(1) - 1, ends(2) - 1]) {
            replace(&store, bytes[..cut].to_vec()).await;
            for id in [1, 2, 3] {
                let rows = read(&store, &ready, id, &[0, 1, 2, 3]).await;
                assert_eq!(rows.is_ok(), cut >= ends(id), "cuboid {id} up to {}, cut at {cut}", ends(id));
                if let Err(error) = rows {
                    assert_ne!(error.kind(), ErrorKind::Internal, "cut at {cut}: {error}");
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn other_bytes_in_the_place_of_the_file_are_an_error() {
    let store = memory();
    for compression in [Compression::None, Compression::Lz4, Compression::Zstd(1)] {
        let ready = segment(&store, compression).await;
        let length = ready.size() as usize;
        let noise: Vec<u8> =
            (0..length as u64).map(|i| (i.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8).collect();
        for bytes in [vec![0; length], vec![255; length], noise] {
            replace(&store, bytes).await;
            for id in [1, 2, 3] {
                let error = read(&store, &ready, id, &[0, 1, 2, 3]).await.unwrap_err();
                assert_eq!(error.kind(), ErrorKind::Data, "{error}");
            }
        }
        store.delete(PATH).await.unwrap();
    }
}

/// Damage that leaves the pages decodable may go unnoticed here; the file's hash is in the catalog.
#[test]
fn a_changed_byte_is_an_error_or_other_values_but_never_fewer_rows() {
    for compression in [Compression::None, Compression::Lz4, Compression::Zstd(1)] {
        let store = memory();
        let ready = block_on(segment(&store, compression));
        let bytes = block_on(store.get(PATH)).unwrap().to_vec();
        let config = Config { cases: 150, failure_persistence: None, ..Config::default() };
        let changes = prop::collection::vec((any::<prop::sample::Index>(), 1u8..), 1..3);
        TestRunner::new(config)
            .run(&changes, |changes| {
                let mut changed = bytes.clone();
                for (at, by) in changes {
                    changed[at.index(bytes.len())] ^= by;
                }
                block_on(replace(&store, changed));
                for id in [1, 2, 3] {
                    match block_on(read(&store, &ready, id, &[0, 1, 2, 3])) {
                        Err(error) => prop_assert_eq!(error.kind(), ErrorKind::Data, "{}", error),
                        Ok(rows) => {
                            let found = rows.batches.iter().map(RecordBatch::num_rows).sum::<usize>();
                            prop_assert_eq!(found, cuboid(id).num_rows());
                        }
                    }
                }
                Ok(())
            })
            .unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_catalog_entry_that_points_elsewhere_is_an_error() {
    let store = memory();
    let ready = segment(&store, Compression::None).await;
    let wrong: [fn(&mut crate::segment::RowGroupChunk); 5] = [
        |group| group.offset += 1,
        |group| group.offset = 1 << 40,
        |group| group.columns[1].0 += 1 << 40,
        |group| group.rows += 1,
        |group| group.columns.truncate(2),
    ];
    for (i, change) in wrong.into_iter().enumerate() {
        let mut changed = ready.clone();
        change(&mut changed.cuboids.get_mut(&CuboidId::new(1)).unwrap().row_groups[0]);
        let rows = read(&store, &changed, 1, &[0, 1, 2, 3]).await;
        let error = rows.err().unwrap_or_else(|| panic!("change {i} went unnoticed"));
        assert_ne!(error.kind(), ErrorKind::Internal, "change {i}: {error}");
    }
    let mut changed = ready.clone();
    changed.files = vec![SegmentFile { length: 10, ..ready.files[0].clone() }];
    let _ = read(&store, &changed, 1, &[0]).await;
}
