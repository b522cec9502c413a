//! The query language, explained on request.

/// What `--help-query` prints.
pub const QUERY_HELP: &str = r#"How to write a query

  freedom assembly           texts with both words, in any order; AND between says the same
  strike OR walkout          texts with either word
  union -football            the first word without the second; NOT football is the same
  (a OR b) c                 parentheses group; NOT binds most, then AND, then OR

Words together
  "right to strike"          these words in this order, exactly as they are written
  "freedom assembly"~3       the same with at most 3 other words between (two words that
                             change places count as 2)
  NEAR(union strike, 5)      both words, at most 5 words apart, in any order; takes up to
                             20 words, phrases and the forms below

Forms of words
  strike                     the word and, in texts whose language is known, its other
                             forms (strikes, striking), which come after it
  "strike"                   this form alone
  co-operation               also where it is written cooperation; and cooperation, email,
                             anticorruption also where they have a hyphen
  detain*                    words that begin so: detain, detained, detainee
  org?ni*ation  *ation       * stands for any letters, ? for one; in a phrase * only
  asembly~1  organisaton~2   words that differ by one letter or two; ~ alone allows one in
                             words of up to five letters, else two
  /organi[sz]ations?/        words that are this regular expression from end to end

Where to look
  title:arrest               in the title; also title:"hunger strike", title:(a OR b)
  text:arrest                in the text only
  author:dara                in the authors' names
  source:harbour             the source's name, or words of its organisation
  signatory:DRC              signed by this organisation, by acronym or name
  lang:km                    the language; pt includes pt-BR
  host:example.org           the host and everything below it
  kind:listing               the kind of page: article, listing, forum, product,
                             documentation, service; kind:any for all, walls and error
                             pages too, which are left out otherwise; kind:partial for
                             texts of which only the beginning is held
  url:statement              words of the address
  https://example.org/page   the captures of this page; with * at the end, of all pages below
  example.org/page           the captures of this page, or texts that name it

Dates, both ends included
  published:2024-06          published in this month; also a year or a day
  captured:2024-06-26        captured on this day (UTC)
  published:2024-06..2024-07 a range; 2024-06.. and ..2024 are open; also >=2024-06, <2024
  2024-06-01..2024-07-15     of these days: published, or captured where that is unknown
  2024-06                    of this month, or naming it in the text

A word without a field is looked up in text, title and authors. Case, accents and the
form of apostrophes make no difference: denoncent finds dénoncent, arrestation finds
l'arrestation. Words of Khmer, Thai, Lao, Burmese, Chinese, Japanese and Korean are found
inside sentences written without spaces. AND, OR, NOT and NEAR are operators in capitals only.

Within quotation marks, \" is a quotation mark and \* an asterisk; between slashes, \/ is a
slash. What is not understood is said, with the place, and never ignored.

At a shell, put the query in single quotes: vidimus-query '"right to strike" -football'
"#;
