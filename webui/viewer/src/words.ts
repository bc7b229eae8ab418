/** Words in the reader's language. The shell's own words come from the server's templates. */
import en from "./locale/en.json";
import fr from "./locale/fr.json";

export type Word = keyof typeof fr;
export type Say = (word: Word, facts?: Record<string, string | number>) => string;

export function speaker(language: string): Say {
  const words: Record<Word, string> = language === "en" ? en : fr;
  return (word, facts = {}) => words[word].replace(/\{(\w+)\}/g, (whole, name: string) => String(facts[name] ?? whole));
}
