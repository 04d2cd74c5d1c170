//! What the catalog has decoded already, so that looking at it again parses nothing.
//!
//! Nothing here goes stale: entries go by content or by what never changes, and each look at the
//! catalog drops the entries that it did not meet, so a cache is never larger than the catalog.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard};

use crate::Result;
use crate::id::{CubeName, SegmentId};
use crate::segment::ReadySegment;
use crate::spec::{CubeSpec, ModelSpec};

/// Parsed specifications, by their stored text.
#[derive(Debug, Default)]
pub(super) struct SpecCache {
    models: Mutex<HashMap<String, Arc<ModelSpec>>>,
    cubes: Mutex<HashMap<String, CachedCube>>,
}

/// A cube is parsed against its model, so it is the same cube only as long as the model is.
#[derive(Debug)]
struct CachedCube {
    model: Arc<ModelSpec>,
    spec: Arc<CubeSpec>,
}

impl SpecCache {
    /// All models of the catalog, in the order of their texts.
    pub(super) fn models<'a>(
        &self,
        texts: impl Iterator<Item = Result<&'a str>>,
        parse: impl Fn(&str) -> Result<ModelSpec>,
    ) -> Result<Vec<Arc<ModelSpec>>> {
        let mut held = lock(&self.models);
        let mut known = std::mem::take(&mut *held);
        let mut all = vec![];
        for text in texts {
            let text = text?;
            let (text, model) = match known.remove_entry(text) {
                Some(entry) => entry,
                None => (text.to_owned(), Arc::new(parse(text)?)),
            };
            held.insert(text, model.clone());
            all.push(model);
        }
        Ok(all)
    }

    /// The specifications of all cubes of the catalog, in the order of their texts.
    pub(super) fn cubes<'a>(
        &self,
        texts: impl Iterator<Item = Result<(&'a str, Arc<ModelSpec>)>>,
        parse: impl Fn(&str, &ModelSpec) -> Result<CubeSpec>,
    ) -> Result<Vec<(Arc<ModelSpec>, Arc<CubeSpec>)>> {
        let mut held = lock(&self.cubes);
        let mut known = std::mem::take(&mut *held);
        let mut all = vec![];
        for entry in texts {
            let (text, model) = entry?;
            let same = |cached: &CachedCube| Arc::ptr_eq(&cached.model, &model) || cached.model == model;
            let (text, spec) = match known.remove_entry(text) {
                Some((text, cached)) if same(&cached) => (text, cached.spec),
                _ => (text.to_owned(), Arc::new(parse(text, &model)?)),
            };
            held.insert(text, CachedCube { model: model.clone(), spec: spec.clone() });
            all.push((model, spec));
        }
        Ok(all)
    }
}

/// Published segments, which never change.
#[derive(Debug, Default)]
pub(super) struct SegmentCache(Mutex<HashMap<CubeName, HashMap<SegmentId, Arc<ReadySegment>>>>);

impl SegmentCache {
    pub(super) fn get(&self, cube: &CubeName, id: SegmentId) -> Option<Arc<ReadySegment>> {
        lock(&self.0).get(cube)?.get(&id).cloned()
    }

    pub(super) fn insert(&self, cube: &CubeName, id: SegmentId, ready: Arc<ReadySegment>) {
        lock(&self.0).entry(cube.clone()).or_default().insert(id, ready);
    }

    /// Drops all segments of the cube but these.
    pub(super) fn keep(&self, cube: &CubeName, living: &HashSet<SegmentId>) {
        if let Some(segments) = lock(&self.0).get_mut(cube) {
            segments.retain(|id, _| living.contains(id));
        }
    }

    pub(super) fn forget(&self, cube: &CubeName) {
        lock(&self.0).remove(cube);
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        lock(&self.0).values().map(HashMap::len).sum()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;
    use crate::spec::SpecFile;

    const MODEL: &str = "
model:
  name: m
  table:
    name: t
    topic: t
    brokers: localhost:9092
    columns: [{ name: at, type: timestamp }, { name: a, type: varchar }]
    event_time: { column: at, format: epoch_ms }
";
    const CUBE: &str = "cube: { name: c, model: m, dimensions: [a], measures: [] }";

    fn model(text: &str) -> Result<ModelSpec> {
        SpecFile::parse(text)?.models.pop().ok_or_else(|| Error::data("no model"))
    }

    fn cube(text: &str, model: &ModelSpec) -> Result<CubeSpec> {
        SpecFile::parse_with(text, |_| Some(model.clone()))?.cubes.pop().ok_or_else(|| Error::data("no cube"))
    }

    #[test]
    fn a_text_is_parsed_once_and_forgotten_when_the_catalog_no_longer_holds_it() {
        let cache = SpecCache::default();
        let models = |texts: &[&str]| cache.models(texts.iter().map(|text| Ok(*text)), model).unwrap();
        let first = models(&[MODEL]).remove(0);
        assert!(Arc::ptr_eq(&first, &models(&[MODEL])[0]));
        let other = MODEL.replace("name: m", "name: n");
        assert_eq!(models(&[MODEL, &other]).len(), 2);
        models(&[&other]);
        assert_eq!(lock(&cache.models).len(), 1);
        assert!(!Arc::ptr_eq(&first, &models(&[MODEL])[0]));
    }

    #[test]
    fn a_cube_is_parsed_anew_when_its_model_has_changed() {
        let cache = SpecCache::default();
        let cubes = |model: &Arc<ModelSpec>| {
            cache.cubes(std::iter::once(Ok((CUBE, model.clone()))), cube).unwrap().remove(0).1
        };
        let wide = Arc::new(model(MODEL).unwrap());
        let first = cubes(&wide);
        assert!(Arc::ptr_eq(&first, &cubes(&Arc::new((*wide).clone()))), "an equal model is the same");
        let moved = MODEL.replace(
            "{ name: at, type: timestamp }, ",
            "{ name: b, type: date }, { name: at, type: timestamp }, ",
        );
        let second = cubes(&Arc::new(model(&moved).unwrap()));
        assert_ne!(first.dimensions, second.dimensions, "the column has another index");
    }
}
