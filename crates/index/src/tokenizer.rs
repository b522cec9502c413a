//! The two views of a text as Tantivy's tokenisers.

use tantivy::tokenizer::{TextAnalyzer, Token as IndexToken, TokenStream, Tokenizer};

use vidimus_words::{ChunkedTerms, ClusterChunks, Terms, WordChunks};

/// Name of the word tokeniser in the schema.
pub(crate) const WORDS: &str = "vidimus_words";
/// Name of the cluster tokeniser in the schema.
pub(crate) const CLUSTERS: &str = "vidimus_clusters";

/// The analyser for word fields.
pub(crate) fn word_analyzer() -> TextAnalyzer {
    TextAnalyzer::from(Words)
}

/// The analyser for cluster fields.
pub(crate) fn cluster_analyzer() -> TextAnalyzer {
    TextAnalyzer::from(Clusters)
}

#[derive(Clone)]
struct Words;

#[derive(Clone)]
struct Clusters;

impl Tokenizer for Words {
    type TokenStream<'a> = ChunkStream<WordChunks<'a>>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Self::TokenStream<'a> {
        ChunkStream::new(WordChunks::new(text))
    }
}

impl Tokenizer for Clusters {
    type TokenStream<'a> = ChunkStream<ClusterChunks<'a>>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Self::TokenStream<'a> {
        ChunkStream::new(ClusterChunks::new(text))
    }
}

/// Tokens in turn, with only one chunk of them in memory.
struct ChunkStream<C> {
    chunks: C,
    terms: Terms,
    next: usize,
    current: IndexToken,
}

impl<C> ChunkStream<C> {
    fn new(chunks: C) -> ChunkStream<C> {
        ChunkStream { chunks, terms: Terms::default(), next: 0, current: IndexToken::default() }
    }
}

impl<C: ChunkedTerms> TokenStream for ChunkStream<C> {
    fn advance(&mut self) -> bool {
        while self.next >= self.terms.len() {
            self.terms.clear();
            self.next = 0;
            if !self.chunks.next_into(&mut self.terms) {
                return false;
            }
        }
        let Some((form, span, position)) = self.terms.get(self.next) else { return false };
        self.next += 1;
        self.current.text.clear();
        self.current.text.push_str(form);
        self.current.offset_from = span.start;
        self.current.offset_to = span.end;
        self.current.position = position;
        true
    }

    fn token(&self) -> &IndexToken {
        &self.current
    }

    fn token_mut(&mut self) -> &mut IndexToken {
        &mut self.current
    }
}
