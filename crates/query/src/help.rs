//! The query language, explained on request.

/// What `--help-query` prints.
pub const QUERY_HELP: &str = r#"How to write a query

  freedom assembly           texts with both words, in any order
  strike OR walkout          texts with either word
  union -football            the first word without the second; NOT football is the same
  "right to strike"          these words in this order
  detain*                    words that begin so: detain, detained, detainee
  (a OR b) c                 parentheses group; NOT binds most, then AND, then OR

Where to look
  title:arrest               in the title; title:"hunger strike" for a phrase
  text:arrest                in the text only
  author:dara                in the authors' names
  source:harbour             the source's name, or words of its organisation
  lang:km                    the language; pt includes pt-BR
  host:example.org           the host and everything below it
  kind:listing               the kind of page: article, listing, forum, product,
                             documentation, service; kind:any for all, walls and error
                             pages too, which are left out otherwise; kind:partial for
                             texts of which only the beginning is held
  url:statement              words of the address
  https://example.org/page   the captures of this page; with * at the end, of all pages below

A word without a field is looked up in text, title and authors. Case, accents and the
form of apostrophes make no difference: denoncent finds dénoncent, arrestation finds
l'arrestation. Words of Khmer, Thai, Lao, Burmese, Chinese, Japanese and Korean are found
inside sentences written without spaces. AND, OR and NOT are operators in capitals only.

Within quotation marks, \" is a quotation mark and \* an asterisk. Not supported yet, and
said so rather than ignored: a~1 (similar spellings), NEAR, ranges (..), /regular
expressions/ and * elsewhere than at the end of a word. For dates use --since and --until.

At a shell, put the query in single quotes: vidimus-query '"right to strike" -football'
"#;
