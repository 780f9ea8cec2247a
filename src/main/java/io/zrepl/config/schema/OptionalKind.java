package io.zrepl.config.schema;

import io.zrepl.config.yaml.YamlNode;
import java.util.Optional;

/**
 * A section that may be absent.
 *
 * @param <T> what the section becomes
 */
public final class OptionalKind<T> implements Kind<Optional<T>> {
  /** The plain data of an absent section. */
  private enum Plain {
    ABSENT
  }

  private final Section<T> section;

  OptionalKind(Section<T> section) {
    this.section = section;
  }

  /** Whether plain data stands for an absent section, so that it must not be written. */
  static boolean isAbsent(Object plain) {
    return plain == Plain.ABSENT;
  }

  /** What it is if it is there. */
  public Section<T> section() {
    return section;
  }

  @Override
  public String name() {
    return section.name();
  }

  @Override
  public String example() {
    return section.example();
  }

  @Override
  public Optional<String> zero() {
    return Optional.empty();
  }

  @Override
  public boolean isEmpty(YamlNode node) {
    return false;
  }

  @Override
  public Optional<Bound<Optional<T>>> read(YamlNode node, String path, Reading reading) {
    return node.isNull()
        ? Optional.of(new Bound<>(Optional.empty(), Plain.ABSENT))
        : section
            .read(node, path, reading)
            .map(bound -> new Bound<>(Optional.of(bound.value()), bound.plain()));
  }
}
