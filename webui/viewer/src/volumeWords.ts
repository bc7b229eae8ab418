/** Words of planes and volume rendering: they come with what says them, not before the first image. */
import en from "./locale/volumes.en.json";
import fr from "./locale/volumes.fr.json";
import type { Say, Word } from "./words";

type Own = keyof typeof fr;
export type VolumeWord = Word | Own;
export type VolumeSay = (word: VolumeWord, facts?: Record<string, string | number>) => string;

export function volumeSpeaker(language: string, say: Say): VolumeSay {
  const words: Record<Own, string> = language === "en" ? en : fr;
  return (word, facts = {}) => (word in words ? words[word as Own].replace(/\{(\w+)\}/g, (whole, name: string) => String(facts[name] ?? whole)) : say(word as Word, facts));
}
