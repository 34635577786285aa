-- | Writes tests/versions/hackage-oracle.txt: what the Cabal library says of versions and version ranges.
--
-- > runghc tests/oracles/hackage/Versions.hs > tests/versions/hackage-oracle.txt
--
-- Needs GHC and its Cabal library, nothing else; made with Cabal 3.4.1. The seed is fixed, so a run gives the same file.
--
-- How Cabal is asked:
--
-- * Versions and ranges are read by Cabal's own parsers. Ranges are read as under `cabal-version: 3.0`, the last one that
--   still knows `-any` and `-none` and the first that knows the sets; the readers take all of them under any version.
-- * hpack is no library here. Its rule is two lines on top of Cabal's parser: it reads the text with `==` in front, and
--   if that is no range, as it stands.
-- * Blanks in front of a version are not tried: Cabal's fields are trimmed before they are parsed.
--
-- What is not Cabal's: nothing is published between two spellings of one number (0.3 and 0.3.0.0), so an interval that
-- includes the one and ends just before the other counts as empty. Cabal's interval arithmetic is used, and after every
-- step such intervals are dropped ('dropRespelt'); so `>=0.3` is above 0.3.0.0, while `==0.3` is below it. The rule is
-- applied to membership lines too. And no range is compared with a minimum of zeros, below which nothing lies.
module Main (main) where

import Control.Monad (forM_)
import Data.Char (ord)
import Data.IORef
import Data.List (isPrefixOf)
import Distribution.CabalSpecVersion (CabalSpecVersion (..))
import Distribution.Parsec
import Distribution.Types.Version (versionDigitParser)
import Distribution.Types.VersionRange
import Distribution.Types.VersionInterval
import Distribution.Version
import Numeric (showHex)

-- A generator of our own, so that no package has to be installed and no library can change the file.

type Random = IORef Integer

below :: Random -> Int -> IO Int
below random bound = do
  state <- readIORef random
  let next = (state * 6364136223846793005 + 1442695040888963407) `mod` (2 ^ (64 :: Int))
  writeIORef random next
  return (fromInteger ((next `div` (2 ^ (33 :: Int))) `mod` toInteger bound))

pick :: Random -> [a] -> IO a
pick random choices = (choices !!) <$> below random (length choices)

-- Cabal's parsers.

readVersion :: String -> Maybe Version
readVersion = either (const Nothing) Just . eitherParsec

readCabal, readHpack :: String -> Maybe VersionRange
readCabal = either (const Nothing) Just . explicitEitherParsec (versionRangeParser versionDigitParser CabalSpecV3_0)
readHpack text = case readCabal ("== " ++ text) of
  Just range -> Just range
  Nothing -> readCabal text

-- Intervals, with the rule about respellings.

intervals :: VersionRange -> VersionIntervals
intervals = cataVersionRange step
  where
    step (ThisVersionF v) = leaf (thisVersion v)
    step (LaterVersionF v) = leaf (laterVersion v)
    step (OrLaterVersionF v) = leaf (orLaterVersion v)
    step (EarlierVersionF v) = leaf (earlierVersion v)
    step (OrEarlierVersionF v) = leaf (orEarlierVersion v)
    step (MajorBoundVersionF v) = leaf (majorBoundVersion v)
    step (UnionVersionRangesF a b) = unionVersionIntervals a b
    step (IntersectVersionRangesF a b) = dropRespelt (intersectVersionIntervals a b)
    leaf = dropRespelt . toVersionIntervals

dropRespelt :: VersionIntervals -> VersionIntervals
dropRespelt = mkVersionIntervals . filter (not . isRespelt) . versionIntervals
  where
    isRespelt (LowerBound low InclusiveBound, UpperBound high ExclusiveBound) = respelling low high
    isRespelt (LowerBound low ExclusiveBound, UpperBound high ExclusiveBound) = respelling low high
    isRespelt _ = False

respelling :: Version -> Version -> Bool
respelling a b = a /= b && strip a == strip b
  where strip = reverse . dropWhile (== 0) . reverse . versionNumbers

contains :: VersionIntervals -> Version -> Bool
contains set version = any inside (versionIntervals set)
  where
    inside (LowerBound low kind, upper) = above low kind && notAbove upper
    above low InclusiveBound = version >= low
    above low ExclusiveBound = version > low
    notAbove NoUpperBound = True
    notAbove (UpperBound high InclusiveBound) = version <= high
    notAbove (UpperBound high ExclusiveBound) = version < high

side :: VersionIntervals -> Version -> Maybe String
side set minimal = case (isEmpty under, isEmpty over) of
  (True, True) -> Nothing
  (False, True) -> Just "below"
  (True, False) -> Just "above"
  (False, False) -> Just "straddles"
  where
    under = dropRespelt (intersectVersionIntervals set (toVersionIntervals (earlierVersion minimal)))
    over = dropRespelt (intersectVersionIntervals set (toVersionIntervals (orLaterVersion minimal)))
    isEmpty = null . versionIntervals

-- Texts.

numbersText :: Random -> IO [Int]
numbersText random = do
  size <- pick random [1, 2, 2, 3, 3, 4, 4, 4, 5]
  near <- below random 3
  numbers <- mapM (const (pick random [0, 0, 0, 1, 1, 2, 3, 3, 4, 9, 10, 20, 125, 2021, 999999999])) [1 .. size]
  return (if near == 0 then take (max 1 size) ([0, 3, 0, 0, 1 :: Int]) else if near == 1 then take size (0 : drop 1 numbers) else numbers)

versionText :: Random -> IO String
versionText random = do
  numbers <- numbersText random
  tagged <- below random 40
  return (dotted numbers ++ (if tagged == 0 then "-rc1" else ""))

dotted :: [Int] -> String
dotted [] = ""
dotted [n] = show n
dotted (n : rest) = show n ++ "." ++ dotted rest

blank :: Random -> IO String
blank random = pick random ["", "", "", " ", " ", "  ", "\n  "]

rangeText :: Random -> Int -> IO String
rangeText random depth = do
  kind <- below random (if depth == 0 then 9 else 16)
  gap <- blank random
  gap' <- blank random
  if kind < 6
    then do
      operator <- pick random ["==", ">=", "<", "<=", ">", "^>="]
      version <- versionText random
      return (operator ++ gap ++ version)
    else if kind == 6
      then do
        numbers <- numbersText random
        return ("==" ++ gap ++ dotted (take 3 numbers) ++ ".*")
      else if kind == 7
        then do
          operator <- pick random ["==", "^>="]
          size <- pick random [1, 2, 3]
          versions <- mapM (const (dotted <$> numbersText random)) [1 .. size :: Int]
          return (operator ++ gap ++ "{" ++ gap' ++ commas (gap' ++ "," ++ gap) versions ++ gap ++ "}")
        else if kind == 8
          then pick random ["-any", "-none", ">=0", "<0", ">=0.3", "<0.3"]
          else do
            left <- rangeText random (depth - 1)
            right <- rangeText random (depth - 1)
            operator <- pick random ["&&", "&&", "&&", "||", "||"]
            parentheses <- below random 3
            let text = left ++ gap ++ operator ++ gap' ++ right
            return (if parentheses == 0 then "(" ++ gap ++ text ++ gap' ++ ")" else text)

commas :: String -> [String] -> String
commas _ [] = ""
commas _ [x] = x
commas comma (x : rest) = x ++ comma ++ commas comma rest

hpackText :: Random -> IO String
hpackText random = do
  kind <- below random 6
  numbers <- numbersText random
  case kind of
    0 -> return (dotted numbers)
    1 -> return (dotted (take 3 numbers) ++ ".*")
    2 -> do
      more <- rangeText random 1
      operator <- pick random ["&&", "||"]
      return (dotted numbers ++ " " ++ operator ++ " " ++ more)
    3 -> do
      other <- numbersText random
      return ("{" ++ dotted numbers ++ ", " ++ dotted other ++ "}")
    _ -> rangeText random 1

-- One to three characters are taken out, put in or put in place of another.
damaged :: Random -> String -> IO String
damaged random text = do
  times <- pick random [1, 1, 2, 3]
  go times text
  where
    go :: Int -> String -> IO String
    go 0 now = return now
    go n now = do
      place <- below random (length now + 1)
      kind <- below random 3
      c <- pick random "0123456789.....**<>=^|&(){},- -anyone\tx\160\8805\&1'\""
      let (before, after) = splitAt place now
      go (n - 1) $ case kind of
        0 -> before ++ drop 1 after
        1 -> before ++ [c] ++ after
        _ -> before ++ [c] ++ drop 1 after

-- Lines.

escaped :: String -> String
escaped = concatMap escape
  where
    escape '\t' = "\\t"
    escape '\n' = "\\n"
    escape '\r' = "\\r"
    escape '\\' = "\\\\"
    escape c
      | ord c < 32 || ord c > 126 = "\\u{" ++ showHex (ord c) "}"
      | otherwise = [c]

line :: [String] -> IO ()
line = putStrLn . commas "\t" . map escaped

main :: IO ()
main = do
  random <- newIORef 20240903
  putStrLn "# Generated by tests/oracles/hackage/Versions.hs with Cabal 3.4.1; do not edit."
  forM_ [1 .. 5500 :: Int] $ \_ -> do
    a <- versionText random
    close <- below random 4
    b <- if close == 0 then (++) a <$> pick random ["", ".0", ".0.0", ".1", "-a"] else versionText random
    case (readVersion a, readVersion b) of
      (Just x, Just y)
        | x < y -> line ["order", a, "<", b]
        | y < x -> line ["order", b, "<", a]
        | otherwise -> line ["order", a, "=", b]
      _ -> if readVersion b == Nothing then line ["refuse", b] else return ()
  forM_ [1 .. 3000 :: Int] $ \_ -> do
    text <- versionText random >>= damaged random
    case readVersion text of
      Just version -> line ["order", text, "=", dotted (versionNumbers version)]
      Nothing | take 1 text `elem` [" ", "\t", "\160"] -> return ()
      Nothing -> line ["refuse", text]
  ranges random 9500 "cabal" readCabal (rangeText random 2)
  ranges random 2500 "hpack" readHpack (hpackText random)
  ranges random 4000 "cabal" readCabal (rangeText random 1 >>= damaged random)
  ranges random 1500 "hpack" readHpack (hpackText random >>= damaged random)

ranges :: Random -> Int -> String -> (String -> Maybe VersionRange) -> IO String -> IO ()
ranges random count grammar parse text = forM_ [1 .. count] $ \_ -> do
  requirement <- text
  case parse requirement of
    Nothing -> line ["refuse-range", grammar, requirement]
    Just range -> do
      let set = intervals range
      candidate <- candidateFor random requirement
      ask <- below random 2
      if ask == 0 || all (== 0) (versionNumbers candidate)
        then line [if contains set candidate then "in" else "out", grammar, requirement, dotted (versionNumbers candidate)]
        else case side set candidate of
          Nothing -> line ["out", grammar, requirement, dotted (versionNumbers candidate)]
          Just verdict -> line [verdict, grammar, requirement, dotted (versionNumbers candidate)]

-- Often a version that the requirement names or its neighbour, else any.
candidateFor :: Random -> String -> IO Version
candidateFor random requirement = do
  far <- below random 3
  if far == 0 || null named then mkVersion <$> numbersText random else do
    numbers <- pick random named
    change <- below random 5
    return $ mkVersion $ case change of
      0 -> numbers ++ [0]
      1 -> init numbers ++ [last numbers + 1]
      2 | length numbers > 1 -> init numbers
      3 -> numbers ++ [1]
      _ -> numbers
  where
    named = [map small (words' piece) | piece <- pieces requirement, not (null (words' piece))]
    small digits = if length digits > 9 || length digits == 9 && "9" `isPrefixOf` digits then 7 else read digits
    words' piece = filter (not . null) (splitOn '.' piece)
    pieces s = case dropWhile (not . isVersionChar) s of
      "" -> []
      rest -> let (piece, more) = span isVersionChar rest in piece : pieces more
    isVersionChar c = c `elem` "0123456789."
    splitOn c s = case break (== c) s of
      (a, _ : b) -> a : splitOn c b
      (a, []) -> [a]
