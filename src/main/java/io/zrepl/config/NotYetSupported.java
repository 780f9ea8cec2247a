package io.zrepl.config;

import io.zrepl.config.yaml.Printable;
import io.zrepl.config.yaml.Problem;
import io.zrepl.config.yaml.YamlNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What a configuration may say and this version cannot do yet. Such a file is valid; the daemon
 * refuses to start with it, so that nothing is silently left out. The table shrinks with each
 * version.
 */
final class NotYetSupported {
  /** Any value of a list that has elements. */
  private static final Set<String> ANY = Set.of();

  /**
   * A place and its values that are not supported.
   *
   * @param keys from the root; {@code *} stands for each element of a list
   * @param words the values, or {@link #ANY}
   */
  private record Rule(String keys, Set<String> words) {}

  private static final List<Rule> RULES = List.of(new Rule("global.monitoring", ANY));

  private final SourceFile file;
  private final List<Problem> found = new ArrayList<>();

  private NotYetSupported(SourceFile file) {
    this.file = file;
  }

  /** What is in valid files, in their order; the global section counts in the first only. */
  static List<Problem> in(List<SourceFile> files) {
    List<Problem> result = new ArrayList<>();
    for (SourceFile file : files) {
      NotYetSupported search = new NotYetSupported(file);
      for (Rule rule : RULES) {
        if (file == files.getFirst() || rule.keys().startsWith("jobs")) {
          search.visit(rule);
        }
      }
      search.found.sort((a, b) ->
          a.line() != b.line()
              ? Integer.compare(a.line(), b.line())
              : Integer.compare(a.column(), b.column()));
      result.addAll(search.found);
    }
    return result;
  }

  private void visit(Rule rule) {
    List<String> keys = List.of(rule.keys().split("\\.", -1));
    file.get(keys.getFirst())
        .ifPresent(node -> visit(node, keys.getFirst(), keys.subList(1, keys.size()), rule));
  }

  private void visit(YamlNode node, String path, List<String> keys, Rule rule) {
    if (keys.isEmpty()) {
      judge(node, path, rule);
      return;
    }
    String key = keys.getFirst();
    List<String> rest = keys.subList(1, keys.size());
    switch (node) {
      case YamlNode.Sequence list when key.equals("*") -> {
        for (int i = 0; i < list.elements().size(); i++) {
          visit(list.elements().get(i), path + "[" + i + "]", rest, rule);
        }
      }
      case YamlNode.Mapping mapping -> {
        Optional<YamlNode> value = mapping.get(key);
        value.ifPresent(child -> visit(child, path + "." + key, rest, rule));
      }
      default -> {}
    }
  }

  private void judge(YamlNode node, String path, Rule rule) {
    boolean unsupported =
        switch (node) {
          case YamlNode.Scalar scalar -> rule.words().contains(scalar.text());
          case YamlNode.Sequence list -> rule.words().isEmpty() && !list.elements().isEmpty();
          case YamlNode.Mapping _ -> false;
        };
    if (unsupported) {
      String what =
          node instanceof YamlNode.Scalar scalar ? Printable.quote(scalar.text()) : "this section";
      found.add(
          file.problems()
              .at(node.position(), path, what + " is not supported by this version yet"));
    }
  }
}
