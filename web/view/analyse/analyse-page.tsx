export const AnalysePage = () => <h1>Analyse</h1>
