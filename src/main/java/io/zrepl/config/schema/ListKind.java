package io.zrepl.config.schema;

import io.zrepl.config.yaml.YamlNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * A list of values of one kind. Null elements are rejected.
 *
 * @param <E> what the elements become
 */
public final class ListKind<E> implements Kind<List<E>> {

  /** What elements must obey together. It looks at nodes: they may have other problems. */
  @FunctionalInterface
  public interface Check {
    /** Starts with the first element of a list. The result says what is wrong with the next one. */
    Function<YamlNode, Optional<String>> start();
  }

  private final String name;
  private final Kind<E> element;
  private final Check check;

  private ListKind(String name, Kind<E> element, Check check) {
    this.name = name;
    this.element = element;
    this.check = check;
  }

  /**
   * Declares a list.
   *
   * @param plural what the elements are called
   */
  public static <E> ListKind<E> of(String plural, Kind<E> element) {
    return new ListKind<>("list of " + plural, element, () -> _ -> Optional.empty());
  }

  /** The same list with a rule for its elements together. */
  public ListKind<E> withCheck(Check rule) {
    return new ListKind<>(name, element, rule);
  }

  /**
   * The same list in which a word must not occur twice.
   *
   * @param word the word of an element that counts, if it has one
   * @param message what to say about a second one
   */
  public ListKind<E> withDistinct(
      Function<YamlNode, Optional<String>> word, UnaryOperator<String> message) {
    return withCheck(() -> {
      Set<String> seen = new HashSet<>();
      return node -> word.apply(node).filter(each -> !seen.add(each)).map(message);
    });
  }

  /** The kind of the elements. */
  public Kind<E> element() {
    return element;
  }

  @Override
  public String example() {
    return "[" + element.example() + "]";
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Optional<String> zero() {
    return Optional.of("[]");
  }

  @Override
  public boolean isEmpty(YamlNode node) {
    return node instanceof YamlNode.Sequence sequence && sequence.elements().isEmpty();
  }

  @Override
  public Optional<Bound<List<E>>> read(YamlNode node, String path, Reading reading) {
    if (!reading.enter(node, path)) {
      return Optional.empty();
    }
    if (!(node instanceof YamlNode.Sequence sequence)) {
      if (SecretWords.holdSecrets(this)) {
        reading.hide(node);
        reading.errorWithoutQuote(node, path, "a %s is needed".formatted(name));
      } else {
        reading.error(
            node, path, "a %s is needed, but this is %s".formatted(name, node.describe()));
      }
      return Optional.empty();
    }
    boolean valid = true;
    Function<YamlNode, Optional<String>> together = check.start();
    List<E> values = new ArrayList<>();
    List<Object> plain = new ArrayList<>();
    for (int i = 0; i < sequence.elements().size() && !reading.isExhausted(); i++) {
      Optional<Bound<E>> bound =
          readElement(sequence.elements().get(i), Reading.child(path, i), together, reading);
      valid &= bound.isPresent();
      bound.ifPresent(value -> {
        values.add(value.value());
        plain.add(value.plain());
      });
    }
    return valid && !reading.isExhausted()
        ? Optional.of(new Bound<>(List.copyOf(values), plain))
        : Optional.empty();
  }

  private Optional<Bound<E>> readElement(
      YamlNode node, String path, Function<YamlNode, Optional<String>> together, Reading reading) {
    if (node.isNull()) {
      reading.error(node, path, "this element of the list is empty");
      return Optional.empty();
    }
    Optional<Bound<E>> bound = element.read(node, path, reading);
    Optional<String> problem = together.apply(node);
    problem.ifPresent(message -> reading.error(node, path, message));
    return problem.isPresent() ? Optional.empty() : bound;
  }
}
