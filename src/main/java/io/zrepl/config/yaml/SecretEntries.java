package io.zrepl.config.yaml;

import java.util.ArrayList;
import java.util.List;

/**
 * Looks for secrets among the entries of one mapping. If all its keys are known and each secret key
 * has a text as its value, only that text is hidden; otherwise the author may have meant something
 * else, and what {@link HiddenParts} found stays hidden.
 */
final class SecretEntries {
  private record Range(Position from, Position to) {}

  private final SourceText source;
  private final List<Range> values = new ArrayList<>();
  private boolean usual = true;

  SecretEntries(SourceText source) {
    this.source = source;
  }

  /** Takes the next entry, with the places where key and value begin and where the value ends. */
  void entry(
      YamlNode.Scalar key, Position keyStart, YamlNode value, Position valueStart, Position end) {
    usual &= source.keys().isKnown(key.text());
    if (!source.keys().resemblesSecret(key.text())) {
      return;
    }
    usual &= value instanceof YamlNode.Scalar && !value.isNull();
    source.hidden().hide(valueStart, end);
    source.hidden().hideComment(end);
    if (!value.position().equals(valueStart)) {
      source.hidden().hideFrom(value.position()); // an alias
    }
    values.add(new Range(keyStart, end));
  }

  /** There are no more entries. */
  void end() {
    if (usual) {
      values.forEach(value -> source.hidden().narrow(value.from, value.to));
    }
  }
}
