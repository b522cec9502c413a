//! Reading WARC and ARC files that anybody may have written, torn or forged.
//!
//! Per-record gzip, whole-file gzip, Zstandard and uncompressed files are told apart by their bytes, member by member. A
//! defect never ends the reading: it is reported as [`Damage`], and the reader goes on at the next record it can find:
//! the next member, or the next version line. Memory is bounded by [`Limits`], whatever lengths a file claims; time, by
//! how much of it may be read twice.

use std::io::{self, BufRead, Seek};

use crate::member::{Codec, Member};
use crate::resync::{Start, find_record, next_is_record, pass_to_record, start_of};
use crate::single::{Found, Spot, read_record};
use crate::tape::Tape;
use crate::{Damage, DamageKind, Record};

/// Bounds on what one record may take in memory.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The longest head, in bytes.
    pub head: usize,
    /// How much of a block is kept; the rest is hashed and passed over.
    pub block: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { head: 64 << 10, block: 256 << 20 }
    }
}

/// What the reader meets next.
#[derive(Debug)]
pub enum Item {
    /// A record, with its own damage if it has any.
    Record(Box<Record>),
    /// Bytes from which no record could be made.
    Damage(Damage),
}

impl Item {
    /// The record, if it is one.
    pub fn into_record(self) -> Option<Record> {
        match self {
            Self::Record(record) => Some(*record),
            Self::Damage(_) => None,
        }
    }

    fn offset(&self) -> u64 {
        match self {
            Self::Record(record) => record.offset,
            Self::Damage(damage) => damage.offset,
        }
    }
}

/// Where the reader stands.
#[derive(Clone, Copy)]
enum Place {
    /// Before a member or an uncompressed record.
    Between,
    /// Inside a member that holds more than one record, and begins here.
    Inside(u64),
    /// The file has ended, or could not be read on.
    Ended,
}

/// What one step came to.
enum Step {
    Found(Item),
    Again,
    End,
}

/// Bytes that belong to no record.
struct Gap {
    start: u64,
    why: Why,
}

enum Why {
    /// Nothing of it could be read.
    Garbage,
    /// Something was tried, and failed with this.
    Failed(DamageKind),
    /// The record before it was reported with damage of which this is the rest.
    Told,
}

/// Reads the records of one file in order.
pub struct Reader<R> {
    source: Member<R>,
    place: Place,
    limits: Limits,
    /// Whether the records are those of ARC; unknown before the first one.
    is_arc: Option<bool>,
    gap: Option<Gap>,
    /// What was met behind a gap, while the gap is reported.
    behind: Option<Item>,
    /// How many bytes may still be read for a second time. Without a bound, members inside members, or records that all
    /// claim the rest of the file, would each be read to the end.
    patience: u64,
}

/// A file may be read again so many times over, and this much beside.
const PATIENCE: (u64, u64) = (8, 64 << 20);

impl<R: BufRead + Seek> Reader<R> {
    /// A reader from where `source` stands, with the usual limits.
    pub fn new(source: R) -> io::Result<Self> {
        Self::with_limits(source, Limits::default())
    }

    /// A reader with limits of one's own.
    pub fn with_limits(source: R, limits: Limits) -> io::Result<Self> {
        let tape = Tape::new(source)?;
        let patience = tape.length().saturating_mul(PATIENCE.0).saturating_add(PATIENCE.1);
        Ok(Self {
            source: Member::new(tape),
            place: Place::Between,
            limits,
            is_arc: None,
            gap: None,
            behind: None,
            patience,
        })
    }

    /// The next record or defect; `None` at the end of the file. An error is one of the disk's, not of the format.
    pub fn next_item(&mut self) -> io::Result<Option<Item>> {
        if let Some(item) = self.behind.take() {
            return Ok(Some(item));
        }
        loop {
            let step = self.step().inspect_err(|_| self.place = Place::Ended)?;
            let (item, end) = match step {
                Step::Again => continue,
                Step::Found(item) => {
                    let offset = item.offset();
                    (Some(item), offset)
                }
                Step::End => (None, self.source.tape.offset()),
            };
            let at_end = item.is_none();
            let Some(damage) = self.gap.take().and_then(|gap| self.told(gap, end, at_end)) else {
                return Ok(item);
            };
            self.behind = item;
            return Ok(Some(Item::Damage(damage)));
        }
    }

    /// What is to be said of a gap that ends here.
    fn told(&self, gap: Gap, end: u64, at_end: bool) -> Option<Damage> {
        let kind = match gap.why {
            Why::Told => return None,
            Why::Failed(DamageKind::NoVersion) | Why::Garbage
                if at_end && gap.start == 0 && self.is_arc.is_none() =>
            {
                DamageKind::NoWarc
            }
            Why::Failed(kind) => kind,
            Why::Garbage => DamageKind::Garbage(end.saturating_sub(gap.start)),
        };
        Some(damage(gap.start, None, kind))
    }

    fn step(&mut self) -> io::Result<Step> {
        let start = match self.place {
            Place::Ended => return Ok(Step::End),
            Place::Inside(start) => return self.next_in_member(start),
            Place::Between => self.source.tape.offset(),
        };
        let arc = self.may_be_arc();
        match start_of(&mut self.source.tape, arc)? {
            Start::End => {
                self.place = Place::Ended;
                Ok(Step::End)
            }
            Start::Member(codec) => self.open_member(start, codec),
            Start::Skippable => match self.source.frames.skip(&mut self.source.tape) {
                Ok(()) => Ok(Step::Again),
                Err(error) => self.search(start, start + 1, Why::Failed(torn(&error))),
            },
            Start::Record => self.plain_record(start),
            Start::Other => self.search(start, start, Why::Garbage),
        }
    }

    fn may_be_arc(&self) -> bool {
        self.is_arc.unwrap_or(true)
    }

    fn open_member(&mut self, start: u64, codec: Codec) -> io::Result<Step> {
        self.source.tape.take_digest();
        self.source.open(codec);
        let spot = self.spot(start, None);
        let found = match read_record(&mut self.source, &spot) {
            Ok(found) => found,
            Err(why) => return self.no_record_in_member(start, why),
        };
        let mut record = self.note(found);
        match at_end(&mut self.source) {
            Ok(true) => {
                record.length = self.source.tape.offset() - start;
                record.member_sha256 = Some(self.source.tape.take_digest());
            }
            Ok(false) => {
                let kind = self.after_record();
                if !record.damage.iter().any(|d| d.kind == kind) {
                    record.damage.push(damage(start, Some(&record), kind));
                }
                self.place = Place::Inside(start);
            }
            Err(error) => {
                record.damage.push(damage(start, Some(&record), torn(&error)));
                self.search(start, start + 1, Why::Told)?;
            }
        }
        Ok(Step::Found(Item::Record(Box::new(record))))
    }

    /// A member that does not begin with a record: what it holds behind that is read, if records are among it.
    fn no_record_in_member(&mut self, start: u64, why: DamageKind) -> io::Result<Step> {
        if !matches!(why, DamageKind::TornMember(_)) {
            let arc = self.may_be_arc();
            pass_to_record(&mut self.source, arc, |_| {});
            match at_end(&mut self.source) {
                Ok(false) => {
                    self.place = Place::Inside(start);
                    return Ok(Step::Found(Item::Damage(damage(start, None, why))));
                }
                Ok(true) => {
                    self.open_gap(start, Why::Failed(why));
                    return Ok(Step::Again);
                }
                Err(_) => {}
            }
        }
        self.search(start, start + 1, Why::Failed(why))
    }

    fn next_in_member(&mut self, start: u64) -> io::Result<Step> {
        let spot = self.spot(start, None);
        match at_end(&mut self.source) {
            Ok(true) => {
                self.place = Place::Between;
                Ok(Step::Again)
            }
            Ok(false) if next_is_record(&mut self.source, spot.arc) => {
                match read_record(&mut self.source, &spot) {
                    Ok(found) => {
                        let mut record = self.note(found);
                        record.damage.push(damage(start, Some(&record), DamageKind::SharedMember));
                        Ok(Step::Found(Item::Record(Box::new(record))))
                    }
                    Err(why @ DamageKind::TornMember(_)) => self.search(start, start + 1, Why::Failed(why)),
                    Err(why) => Ok(Step::Found(Item::Damage(damage(start, None, why)))),
                }
            }
            Ok(false) => {
                let passed = pass_to_record(&mut self.source, spot.arc, |_| {});
                Ok(Step::Found(Item::Damage(damage(start, None, DamageKind::Garbage(passed)))))
            }
            Err(error) => self.search(start, start + 1, Why::Failed(torn(&error))),
        }
    }

    fn plain_record(&mut self, start: u64) -> io::Result<Step> {
        let spot = self.spot(start, Some(self.source.tape.length()));
        let found = match read_record(&mut self.source.tape, &spot) {
            Ok(found) => found,
            Err(why) => return self.search(start, start + 1, Why::Failed(why)),
        };
        let (next, block_at) = (found.next, found.block_at);
        let mut record = self.note(Found { next: None, ..found });
        record.length = self.source.tape.offset() - start;
        let behind = self.source.tape.offset();
        if let Some(next) = next {
            self.search(behind, block_at + next as u64, Why::Told)?;
        } else if has_wrong_end(&record) && !next_is_record(&mut self.source.tape, spot.arc) {
            self.search(behind, behind, Why::Told)?;
        }
        Ok(Step::Found(Item::Record(Box::new(record))))
    }

    fn spot(&self, start: u64, file_end: Option<u64>) -> Spot {
        Spot { start, file_end, limits: self.limits, arc: self.may_be_arc() }
    }

    /// The record of what was found; what its block swallowed of others is put back.
    fn note(&mut self, found: Found) -> Record {
        let record = found.record;
        self.is_arc = Some(record.synthesized);
        if let Some(next) = found.next {
            let swallowed = record.block.get(next..).unwrap_or_default();
            let cost = swallowed.len() as u64;
            if self.patience >= cost {
                self.patience -= cost;
                self.source.unread(&[swallowed, &record.end].concat());
            }
        }
        record
    }

    /// What follows a record inside its member: another record, or bytes that its `Content-Length` should have covered.
    fn after_record(&mut self) -> DamageKind {
        let arc = self.may_be_arc();
        if next_is_record(&mut self.source, arc) { DamageKind::SharedMember } else { DamageKind::End }
    }

    /// Opens a gap at `start`, and stands the tape at the next place, from `from` on, at which a record may begin.
    fn search(&mut self, start: u64, from: u64, why: Why) -> io::Result<Step> {
        self.place = Place::Between;
        self.open_gap(start, why);
        self.go_to(from)?;
        find_record(&mut self.source.tape, self.is_arc == Some(true))?;
        Ok(Step::Again)
    }

    /// A gap goes on until a record is found, however many attempts fail meanwhile.
    fn open_gap(&mut self, start: u64, why: Why) {
        self.gap.get_or_insert(Gap { start, why });
    }

    /// Stands the tape at another place; at an earlier one, as long as there is patience for reading what follows again.
    fn go_to(&mut self, to: u64) -> io::Result<()> {
        let at = self.source.tape.offset();
        let cost = at.saturating_sub(to).saturating_add(self.source.take_produced());
        if to >= at {
            return self.source.tape.pass(to - at).map(|_| ());
        }
        if self.patience >= cost {
            self.patience -= cost;
            self.source.tape.jump(to)?;
        }
        Ok(())
    }
}

fn has_wrong_end(record: &Record) -> bool {
    record.damage.iter().any(|damage| damage.kind == DamageKind::End)
}

fn torn(error: &io::Error) -> DamageKind {
    DamageKind::TornMember(error.to_string())
}

pub(crate) fn damage(offset: u64, record: Option<&Record>, kind: DamageKind) -> Damage {
    let record_id = record.map(|r| r.id().to_owned()).filter(|id| !id.is_empty());
    Damage { offset, record_id, kind }
}

fn at_end(source: &mut impl BufRead) -> io::Result<bool> {
    Ok(source.fill_buf()?.is_empty())
}
