import unittest

from planted import PlantedTree

LONG = "  x();\n" * 101


class Sizes(PlantedTree):
    check = "sizes.py"

    def test_a_file_of_400_lines_passes_and_401_do_not(self):
        self.assert_accepted({"codec/a.cpp": "int x;\n" * 400})
        self.assert_refused({"codec/a.cpp": "int x;\n" * 401}, "codec/a.cpp: 401 lines")

    def test_long_functions_are_found(self):
        for head in [
            "void f() {",
            "namespace a {\nint b::f(std::string_view x) const noexcept {",
            "template <class T>\nvoid f(T t) {",
            "class a final : public b {\n  void f() override {",
            "a::a(int b)\n    : b_(b), c_{b} {",
            "struct c f(struct x* y) {",
            "template <class F> requires(std::invocable<F>)\nauto f(F g) -> int {",
            "constexpr auto f = [](int x) {",
        ]:
            ends = "}" + ";}" * (head.count("{") - 1)
            with self.subTest(head=head):
                self.assert_refused({"rpc/a.cpp": f"{head}\n{LONG}{ends}\n"}, "a function of 1")

    def test_what_is_no_function_may_be_long(self):
        for head, inside in [
            ("class a {", "  void x();\n"),
            ("enum class a {", "  b,\n"),
            ("constexpr row table[] = {", "  {1, 2},\n"),
            ("constexpr std::array<row, 200> table{{", "  {f(1), 2},\n"),
            ("namespace a {", "void f() {}\n"),
        ]:
            with self.subTest(head=head):
                ends = "}" * head.count("{")
                self.assert_accepted({"rpc/a.cpp": f"{head}\n{inside * 150}{ends};\n"})

    def test_braces_in_literals_and_comments_do_not_count(self):
        self.assert_accepted({"rpc/a.cpp": """
void f() {
  auto a = "{"; auto b = '{';  // {
  auto c = R"({{{)"; /* { */
}
"""})

    def test_a_brace_without_end_is_a_failure(self):
        self.assert_refused({"rpc/a.cpp": "void f() {\n"}, "cannot count braces")


if __name__ == "__main__":
    unittest.main()
