"""Every section of docs/fal-api.md that the tree cites exists."""

import unittest

import citations


class CitationsTest(unittest.TestCase):
    def test_all_cited_sections_exist(self):
        self.assertEqual(citations.findings(), [])

    def test_the_code_cites_the_document(self):
        self.assertGreater(sum(len(citations.cited(citations.read(path))) for path in citations.files()), 100)

    def test_forms_of_a_citation(self):
        for text, found in [("// fal-api §1.2 to §1.5, §8.", [(1, "1.2"), (1, "1.5"), (1, "8")]),
                            ("// words\n// Facts are from fal-api\n// §3.4, and others", [(3, "3.4")]),
                            ("// RFC 9112 §7.1, RFC 3986", []), ("// RFC 9110\n  // §5.6.7: one form", []),
                            ("// fal-api (sections 1, 8).", [(1, "1"), (1, "8")]), ("# §3.1: our key", [(1, "3.1")])]:
            with self.subTest(text):
                self.assertEqual(citations.cited(text), found)

    def test_sections_are_what_headings_begin_with(self):
        self.assertEqual(citations.sections("# Facts\n\n## §1 Models\n\n### §1.2 Ids\n\nsee §9\n"), {"1", "1.2"})


if __name__ == "__main__":
    unittest.main()
